namespace Konsul.Mesh.TestKit.Processes;

/// <summary>What orders the writes of a <see cref="ClusterProcesses"/>.</summary>
public enum LogEngine
{
    /// <summary>The servers' own consensus.</summary>
    Raft,

    /// <summary>One etcd member, beside the first server.</summary>
    Etcd,

    /// <summary>An etcd member beside each server.</summary>
    EtcdCluster,
}
