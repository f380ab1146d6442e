namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>What a server says that learns that it belongs no more.</summary>
internal static class RemovedServer
{
    public static LogStoppedException Stopped(ulong node, Exception? inner = null) => new(
        $"Server {ServerId.Format(node)} was removed from the cluster. To have it back as a new server, remove its data directory and start it again.", inner);
}
