using System.Globalization;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Raft.Host.Storage;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>
/// One server of a cluster of any size: finds or founds the cluster, keeps the log, talks to the others. A cluster of one is no special case.
/// </summary>
public sealed partial class ClusterNode : IAsyncDisposable
{
    private static readonly TimeSpan TwinTimeout = TimeSpan.FromSeconds(1);
    private readonly ClusterOptions _options;
    private readonly IClusterHost _host;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly AddressBook _book;
    private readonly string _foundingFile;

    /// <summary>At the start; empty for a server that looks for one.</summary>
    private readonly Guid _cluster;
    private PeerTransport _transport = null!;
    private Formation? _formation;
    private FormationView? _founding;
    private RaftStorage? _storage;
    private ConsensusLog? _log;
    private Task _asking = Task.CompletedTask;

    private ClusterNode(ClusterOptions options, IClusterHost host, TimeProvider time, ILogger logger)
    {
        (_options, _host, _time, _logger) = (options, host, time, logger);
        var folder = options.Log.Storage.Directory;
        Directory.CreateDirectory(folder);
        var identity = RaftStorage.ReadIdentity(folder);
        NodeId = identity?.NodeId ?? ServerIdFile.LoadOrDraw(folder + ".id");
        _cluster = identity is null ? Guid.Empty : Guid.Parse(identity.ClusterId);
        _book = new AddressBook(folder + ".peers");
        _foundingFile = folder + ".founding";
        _founding = FoundingFile.Load(_foundingFile);
        Addresses = options.Addresses;
    }

    public ulong NodeId { get; }

    /// <summary>With the ports that were taken.</summary>
    public ServerAddresses Addresses { get; private set; }

    public int Port => _transport.LocalEndPoint.Port;

    /// <exception cref="InvalidOperationException">There is no cluster yet.</exception>
    public ConsensusLog Log => _log ?? throw new InvalidOperationException("This server belongs to no cluster yet.");

    /// <summary>Null until it is open.</summary>
    public RecoveryTimes? Recovery { get; private set; }

    /// <summary>Listens for other servers; belongs to no cluster before <see cref="OpenAsync"/>, unless it did before.</summary>
    /// <exception cref="LogDamagedException">The directory is not as it was written; names file and offset.</exception>
    /// <exception cref="IOException">The address cannot be listened on, another process uses the directory, or the disk fails.</exception>
    public static ClusterNode Start(ClusterOptions options, IClusterHost host, IPeerIdentity identity, PeerMetrics metrics, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        var node = new ClusterNode(options, host, time, logger);
        node.Listen(identity, metrics);
        return node;
    }

    /// <summary>Gets into a cluster, however long that takes, and starts the log.</summary>
    /// <exception cref="LogDamagedException">The directory is not as it was written; names file and offset.</exception>
    /// <exception cref="LogStoppedException">Another process runs with this server's id.</exception>
    /// <exception cref="IOException">Another process uses the directory, or the disk fails.</exception>
    public async Task OpenAsync(IReplicatedStateMachine machine, CancellationToken cancellationToken)
    {
        var storage = _options.Log.Storage;
        if (RaftStorage.ReadIdentity(storage.Directory) is not { } identity)
        {
            _formation = new Formation(_options with { Addresses = Addresses }, _transport, NodeId, _book, _time, _logger);
            _founding = await _formation.RunAsync(cancellationToken).ConfigureAwait(false);
            FoundingFile.Save(_foundingFile, _founding);
            identity = new RaftIdentity(_founding.ClusterId.ToString("D"), NodeId);
            RaftStorage.Initialize(storage, identity, new ConfState { Voters = _founding.Founders }, _time);
            _logger.LogInformation("This server {Node:x16} belongs to cluster {Cluster}", NodeId, identity.ClusterId);
        }
        else
        {
            await BeTheOnlyOneAsync(cancellationToken).ConfigureAwait(false);
        }

        _transport.SetSelf(FactsIn(Guid.Parse(identity.ClusterId)));
        await Task.Run(() =>
        {
            var started = _time.GetTimestamp();
            _storage = RaftStorage.Open(storage, _time, _logger);
            var (read, entries) = (_time.GetTimestamp(), _storage.LastIndex - _storage.FirstIndex + 1);
            var (bytes, index) = (_storage.SnapshotBytes, _storage.Snapshot.Index);
            _log = ConsensusLog.Start(_options.Log, _storage, machine, new TransportLink(_transport), ChanceSource.System(), _time, _logger);
            Recovery = new RecoveryTimes(_time.GetElapsedTime(started, read), entries, _time.GetElapsedTime(read), bytes, index);
        }, cancellationToken).ConfigureAwait(false);
        _transport.SetPeers(_book.All);
        _asking = Task.Run(AskWhileLeaderlessAsync, CancellationToken.None);
        if (_storage!.Members.Voters is not [var only] || only != NodeId)
        {
            // Who stands alone leads at once and needs no rehearsal.
            _ = Task.Run(Rehearsal.Run, CancellationToken.None);
        }
    }

    /// <summary>Asks another server; its host answers. Kinds from 100 on are the host's.</summary>
    /// <exception cref="PeerCallException">No answer; says whether the call may have been carried out.</exception>
    public Task<ReadOnlyMemory<byte>> CallAsync(
        ulong node, ushort kind, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        _transport.CallAsync(node, kind, body, timeout, cancellationToken);

    /// <summary>Where the replicated state says that servers are, and which do not belong any more.</summary>
    public void SetAddresses(IEnumerable<(ulong Node, string Address)> servers, IEnumerable<ulong> removed)
    {
        var changed = false;
        foreach (var (node, text) in servers.Where(s => s.Node != NodeId))
        {
            changed |= PeerAddress.TryParse(text, out var address) && _book.Note(node, address);
        }

        foreach (var node in removed)
        {
            changed |= _book.Remove(node);
        }

        if (changed)
        {
            _transport.SetPeers(_book.All);
            _transport.Recheck();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _asking.ConfigureAwait(false);
        if (_log is not null)
        {
            await _log.DisposeAsync().ConfigureAwait(false);
        }

        await _transport.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Listen(IPeerIdentity identity, PeerMetrics metrics)
    {
        var parts = new PeerTransportParts
        {
            Handler = new Handler(this),
            Identity = identity,
            Source = new Snapshots.StorageSource(() => _storage),
            Sink = new Snapshots.StorageSink(() => _storage, () => Log),
            Metrics = metrics,
            Time = _time,
            Logger = _logger,
        };
        _transport = PeerTransport.Start(_options.Transport, FactsIn(_cluster), parts);
        if (_options.Transport.Listen.Port == 0)
        {
            Addresses = Addresses with { Raft = Addresses.Raft[..(Addresses.Raft.LastIndexOf(':') + 1)] + Port.ToString(CultureInfo.InvariantCulture) };
            _transport.SetSelf(FactsIn(_cluster));
        }
    }

    private PeerFacts FactsIn(Guid cluster) => new(NodeId, cluster, Addresses.Raft, Addresses.Http, Addresses.Grpc);

    /// <summary>A data directory that was copied makes two servers of one id, which could vote twice in a term: the later one does not start. Who does
    /// not answer soon is not waited for.</summary>
    private async Task BeTheOnlyOneAsync(CancellationToken cancellationToken)
    {
        using var soon = new CancellationTokenSource(TwinTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, soon.Token);
        var twins = await Task.WhenAll(_options.Join.Select(address => IsTwinAsync(address, either.Token))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (Array.IndexOf(twins, true) is var at and >= 0)
        {
            throw new LogStoppedException(
                $"At {_options.Join[at]} another process runs with the same node id {ServerId.Format(NodeId)}: its data was copied to here, or it was not stopped");
        }
    }

    private async Task<bool> IsTwinAsync(PeerAddress address, CancellationToken cancellationToken)
    {
        try
        {
            await _transport.HelloAsync(address, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (PeerRefusedException e)
        {
            return e.Refusal == PeerRefusal.DuplicateNodeId;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Servers may have moved while this one was down: as long as nobody leads, ask at all addresses that were given or known.</summary>
    private async Task AskWhileLeaderlessAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_options.AskEvery, _time, _stopping.Token).ConfigureAwait(false);
                if (Log.Status.Leader.Length > 0)
                {
                    continue;
                }

                foreach (var address in _options.Join)
                {
                    await LookAsync(address).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    private async Task LookAsync(PeerAddress address)
    {
        try
        {
            var hello = await _transport.HelloAsync(address, _stopping.Token).ConfigureAwait(false);
            Met(hello.NodeId, address);
        }
        catch (IOException)
        {
            // Not there, or not ours; the next round tells.
        }
    }

    private void Met(ulong node, PeerAddress address)
    {
        if (node != NodeId && !_host.IsRemoved(node) && _book.Note(node, address))
        {
            _transport.SetPeers(_book.All);
        }
    }

    private sealed class TransportLink(PeerTransport transport) : IPeerLink
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

        public void Send(Message message) => transport.Send(message);

        public Task<ReadOnlyMemory<byte>> CallAsync(ulong node, CallKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
            transport.CallAsync(node, (ushort)kind, body, Limit, cancellationToken);
    }
}
