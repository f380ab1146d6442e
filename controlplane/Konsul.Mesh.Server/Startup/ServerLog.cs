using Konsul.Mesh.Etcd;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Server.Cluster;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Startup;

/// <summary>The log under the server, own or in etcd; turns what can be wrong with a data directory into one sentence.</summary>
internal sealed class ServerLog(ServerSettings settings, ServerParts parts, ClusterHost host) : IAsyncDisposable
{
    private const string RaftFolder = "raft";
    private const string EtcdFolder = "etcd";
    private readonly PeerMetrics _metrics = new();
    private EtcdLog? _etcd;

    /// <summary>Null when the log is in etcd.</summary>
    public ClusterNode? Node { get; private set; }

    /// <summary>Listens for other servers; nothing is read yet.</summary>
    public Task ListenAsync(ServerAddresses addresses, IPeerIdentity identity) => GuardAsync(async () =>
    {
        Directory.CreateDirectory(settings.DataDirectory);
        if (settings.Etcd is not null)
            return;
        var options = new ClusterOptions
        {
            Log = new ConsensusLogOptions { Storage = new RaftStorageOptions { Directory = Path.Combine(settings.DataDirectory, RaftFolder) } },
            Transport = new PeerTransportOptions { Listen = settings.Raft.ToEndPoint(), Token = settings.JoinToken },
            Addresses = addresses,
            BootstrapExpect = settings.BootstrapExpect,
            Join = settings.RetryJoin,
        };
        parts.Metrics.IncludeMeters(PeerMetrics.Name);
        var logger = parts.Logging.Factory.CreateLogger<ClusterNode>();
        Node = await Task.Run(() => Start(options, identity, logger)).ConfigureAwait(false);
    });

    private ClusterNode Start(ClusterOptions options, IPeerIdentity identity, ILogger logger)
    {
        try
        {
            return ClusterNode.Start(options, host, identity, _metrics, parts.Time, logger);
        }
        catch (IOException) when (settings.RaftPortIsFree)
        {
            var listen = new System.Net.IPEndPoint(options.Transport.Listen.Address, 0);
            var addresses = options.Addresses with { Raft = $"{listen.Address}:0" };
            return ClusterNode.Start(
                options with { Transport = options.Transport with { Listen = listen }, Addresses = addresses }, host, identity, _metrics, parts.Time, logger);
        }
    }

    /// <summary>Gets into a cluster and recovers what is durable.</summary>
    public async Task<IReplicatedLog> OpenAsync(StateMachine machine, CancellationToken cancellationToken)
    {
        IReplicatedLog? log = null;
        await GuardAsync(async () => log = await OpenEitherAsync(machine, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return log!;
    }

    public async ValueTask DisposeAsync()
    {
        if (Node is not null)
            await Node.DisposeAsync().ConfigureAwait(false);
        if (_etcd is not null)
            await _etcd.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
    }

    private async Task<IReplicatedLog> OpenEitherAsync(StateMachine machine, CancellationToken cancellationToken)
    {
        if (Node is not null)
        {
            await Node.OpenAsync(machine, cancellationToken).ConfigureAwait(false);
            return Node.Log;
        }

        var etcd = settings.Etcd!;
        var options = new EtcdLogOptions
        {
            Connection = etcd.Connection,
            Prefix = etcd.Prefix,
            NodeId = settings.NodeName,
            ClusterId = settings.Datacenter,
            Directory = Path.Combine(settings.DataDirectory, EtcdFolder),
        };
        return _etcd = await EtcdLog.OpenAsync(options, machine, parts.Time, parts.Logging.Factory.CreateLogger<EtcdLog>(), cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is LogDamagedException or LogVersionException)
        {
            throw new StartupException(ExitCode.BadFile, e.Message.TrimEnd('.'), e);
        }
        catch (EtcdException e)
        {
            throw new StartupException(e.Failure is EtcdFailure.Unreachable or EtcdFailure.Denied ? ExitCode.Unavailable : ExitCode.BadFile, e.Message.TrimEnd('.'), e);
        }
        catch (LogStoppedException e)
        {
            throw new StartupException(ExitCode.BadFile, e.Message.TrimEnd('.'), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot open the data directory {settings.DataDirectory}: {e.Message.TrimEnd('.')}", e);
        }
    }
}
