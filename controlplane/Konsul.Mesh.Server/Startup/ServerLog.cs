using Konsul.Mesh.Etcd;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Audit;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Server.Cluster;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Startup;

/// <summary>The log under the server, own or in etcd; turns what can be wrong with a data directory into one sentence.</summary>
internal sealed class ServerLog : IAsyncDisposable
{
    private const string RaftFolder = "raft";
    private const string EtcdFolder = "etcd";
    private readonly ServerSettings _settings;
    private readonly ServerParts _parts;
    private readonly ClusterHost _host;
    private readonly PeerMetrics _peerMetrics;
    private readonly RaftMetrics _raftMetrics;

    public ServerLog(ServerSettings settings, ServerParts parts, ClusterHost host)
    {
        (_settings, _parts, _host) = (settings, parts, host);

        // Listened to first, so that what has not happened yet is on the page as 0.
        parts.Metrics.IncludeMeters(PeerMetrics.Name, RaftMetrics.Name);
        (_peerMetrics, _raftMetrics) = (new PeerMetrics(), new RaftMetrics());
    }

    /// <summary>Null when the log is in etcd.</summary>
    public ClusterNode? Node { get; private set; }

    /// <summary>Null until it is open.</summary>
    public IAuditedLog? Audited => Node is not null ? Node : Etcd;

    /// <summary>Null when the log is the cluster's own, or not open yet.</summary>
    public EtcdLog? Etcd { get; private set; }

    /// <summary>Listens for other servers; nothing is read yet.</summary>
    public Task ListenAsync(ServerAddresses addresses, IPeerIdentity identity) => GuardAsync(async () =>
    {
        Directory.CreateDirectory(_settings.DataDirectory);
        if (FenceFile.Read(_settings.DataDirectory) is { } reason)
            throw new StartupException(ExitCode.BadFile, $"{FenceFile.In(_settings.DataDirectory)}: {reason.TrimEnd('.')}");
        if (_settings.Etcd is not null)
            return;
        var options = new ClusterOptions
        {
            Log = new ConsensusLogOptions
            {
                Storage = new RaftStorageOptions { Directory = Path.Combine(_settings.DataDirectory, RaftFolder), OnSync = _raftMetrics.Synced },
                Metrics = _raftMetrics,
            },
            Transport = new PeerTransportOptions { Listen = _settings.Raft.ToEndPoint(), Token = _settings.JoinToken },
            Addresses = addresses,
            BootstrapExpect = _settings.BootstrapExpect,
            Join = _settings.RetryJoin,
        };
        var logger = _parts.Logging.Factory.CreateLogger<ClusterNode>();
        Node = await Task.Run(() => Start(options, identity, logger)).ConfigureAwait(false);
    });

    private ClusterNode Start(ClusterOptions options, IPeerIdentity identity, ILogger logger)
    {
        try
        {
            return ClusterNode.Start(options, _host, identity, _peerMetrics, _parts.Time, logger);
        }
        catch (IOException) when (_settings.RaftPortIsFree)
        {
            var listen = new System.Net.IPEndPoint(options.Transport.Listen.Address, 0);
            var addresses = options.Addresses with { Raft = $"{listen.Address}:0" };
            return ClusterNode.Start(
                options with { Transport = options.Transport with { Listen = listen }, Addresses = addresses }, _host, identity, _peerMetrics, _parts.Time, logger);
        }
    }

    /// <summary>Gets into a cluster and recovers what is durable.</summary>
    public async Task<IReplicatedLog> OpenAsync(StateMachine machine, CancellationToken cancellationToken)
    {
        IReplicatedLog? log = null;
        await GuardAsync(async () => log = await OpenEitherAsync(machine, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return log!;
    }

    /// <summary>Does what waits for the log; on one that has stopped it would wait for ever.</summary>
    /// <exception cref="StartupException">The log has stopped; says why.</exception>
    public Task WhileItWorksAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ended = Node?.Log.Completion ?? Etcd!.Completion;
        var working = work(stop.Token);
        await Task.WhenAny(working, ended).ConfigureAwait(false);
        if (ended.IsFaulted)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ended.ConfigureAwait(false);
        }

        await working.ConfigureAwait(false);
    });

    public async ValueTask DisposeAsync()
    {
        if (Node is not null)
            await Node.DisposeAsync().ConfigureAwait(false);
        if (Etcd is not null)
            await Etcd.DisposeAsync().ConfigureAwait(false);
        _peerMetrics.Dispose();
        _raftMetrics.Dispose();
    }

    private async Task<IReplicatedLog> OpenEitherAsync(StateMachine machine, CancellationToken cancellationToken)
    {
        if (Node is not null)
        {
            await Node.OpenAsync(machine, cancellationToken).ConfigureAwait(false);
            return Node.Log;
        }

        var etcd = _settings.Etcd!;
        var options = new EtcdLogOptions
        {
            Connection = etcd.Connection,
            Prefix = etcd.Prefix,
            NodeId = _settings.NodeName,
            ClusterId = _settings.Datacenter,
            Directory = Path.Combine(_settings.DataDirectory, EtcdFolder),
        };
        return Etcd = await EtcdLog.OpenAsync(options, machine, _parts.Time, _parts.Logging.Factory.CreateLogger<EtcdLog>(), cancellationToken)
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
        catch (IOException e) when (e.InnerException is System.Net.Sockets.SocketException)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot listen for other servers: {e.Message.TrimEnd('.')}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot open the data directory {_settings.DataDirectory}: {e.Message.TrimEnd('.')}", e);
        }
    }
}
