using Konsul.Mesh.TestKit.Network;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>Three servers, each in a network namespace of its own; made when a test first asks for that kind of log, and shared by all tests.</summary>
public sealed class PartitionedCluster : IAsyncDisposable
{
    public const int Size = 3;
    private readonly Dictionary<LogEngine, (NetworkNamespaces Network, ClusterProcesses Cluster)> _made = [];

    /// <summary>Skips the test where that is not possible.</summary>
    internal async Task<(NetworkNamespaces Network, ClusterProcesses Cluster)> OnAsync(LogEngine engine)
    {
        var obstacle = await NetworkNamespaces.WhyNotAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        Assert.SkipWhen(engine != LogEngine.Raft && EtcdMember.Program is null, "etcd is not installed");
        if (!_made.TryGetValue(engine, out var made))
        {
            var network = await NetworkNamespaces.CreateAsync(Size);
            try
            {
                made = _made[engine] = (network, await ClusterProcesses.StartAsync(new ClusterPlan { Engine = engine, Sites = network.Sites }));
            }
            catch
            {
                await network.DisposeAsync();
                throw;
            }
        }

        return made;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (network, cluster) in _made.Values)
        {
            await cluster.DisposeAsync();
            await network.DisposeAsync();
        }
    }
}
