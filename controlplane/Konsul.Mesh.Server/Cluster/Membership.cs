using System.Collections.Immutable;
using Konsul.Mesh.Etcd;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.Server.Startup;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>
/// This server among the others: enters the state, and, while it leads, looks after them: a server that has listened in good health for long
/// enough gets a vote; a dead one is taken out when another of its name took its place and the rest has a majority without it.
/// </summary>
internal sealed class Membership : IAsyncDisposable
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _following = new();
    private readonly ReplicatedState _state;
    private readonly ClusterNode? _node;
    private readonly EtcdLog? _etcd;
    private readonly HealthJudge _judge;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private Task _loop = Task.CompletedTask;
    private volatile ClusterHealth? _judged;

    /// <param name="state">With its log attached.</param>
    /// <param name="node">Null when the log is in etcd.</param>
    /// <param name="etcd">Null when it is not.</param>
    /// <param name="distrusted">Servers whose state is wrong or doubtful.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Says what was done.</param>
    public Membership(ReplicatedState state, ClusterNode? node, EtcdLog? etcd, Func<ImmutableSortedSet<string>> distrusted, TimeProvider time, ILogger log)
    {
        (_state, _node, _etcd, _time, _log) = (state, node, etcd, time, log);
        _judge = new HealthJudge(distrusted, time);
        state.Changed += OnChanged;
        Follow();
    }

    /// <summary>The verdict of the last look; null while this server does not lead.</summary>
    public ClusterHealth? Judged => _judged;

    public bool IsAlone() => _node is null || !_node.Consensus.Members.Any(m => m.Id != _node.NodeId);

    /// <summary>Names of the servers that were heard of lately; complete on the leader only. Not for a log in etcd.</summary>
    /// <param name="within">How lately.</param>
    public IReadOnlySet<string> Alive(TimeSpan within) => _node!.Consensus.Members
        .Where(m => m.Id == _node.NodeId || m.SinceContact < within)
        .Select(m => _state.View.Cluster.Server(ServerId.Format(m.Id))?.Name ?? "")
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Registers this server and its node; returns when that is agreed on, which needs a leader.</summary>
    public async Task EnterAsync(ServerIdentity identity, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await _state.ProposeAsync(new RegisterServer { Server = Self(identity) }, cancellationToken).ConfigureAwait(false);
                await OwnRegistration.EnsureAsync(_state, identity, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ApiException e) when (e.Status >= 500)
            {
                await Task.Delay(RetryEvery, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Servers on one etcd do not talk to each other: their id there is their node's name, and what others may reach is the HTTP API.</summary>
    private ServerMember Self(ServerIdentity identity) => _node is not null
        ? ClusterHost.Describe(_node.NodeId, _node.Addresses, identity.Version)
        : new ServerMember
        {
            Id = identity.NodeName,
            Name = identity.NodeName,
            RaftAddress = identity.HttpText,
            HttpAddress = identity.HttpText,
            Version = identity.Version,
        };

    /// <summary>Asks the other servers for the key that the CA is sealed under; null if none gives it.</summary>
    public async Task<byte[]?> AskForKeyAsync(CancellationToken cancellationToken)
    {
        if (_node is null)
            return null;
        foreach (var member in _node.Consensus.Members.Where(m => m.Id != _node.NodeId).OrderByDescending(m => m.IsLeader))
        {
            if (await AskAsync(_node, member.Id, ClusterHost.KeyEncryptionKeyCall, cancellationToken).ConfigureAwait(false) is { IsEmpty: false } key)
                return key.ToArray();
        }

        return null;
    }

    /// <summary>Asks all other servers at once; those that do not answer are left out.</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> AskAllAsync(ushort kind, CancellationToken cancellationToken)
    {
        var answers = await AskEachAsync(kind, cancellationToken).ConfigureAwait(false);
        return [.. answers.Select(a => a.Answer).Where(a => !a.IsEmpty)];
    }

    /// <summary>Asks all other servers at once; whose answer is empty has given none.</summary>
    public async Task<IReadOnlyList<(ulong Server, ReadOnlyMemory<byte> Answer)>> AskEachAsync(ushort kind, CancellationToken cancellationToken)
    {
        if (_node is null)
            return [];
        var others = _node.Consensus.Members.Select(m => m.Id).Where(id => id != _node.NodeId).ToList();
        var answers = await Task.WhenAll(others.Select(id => AskAsync(_node, id, kind, cancellationToken))).ConfigureAwait(false);
        return [.. others.Zip(answers)];
    }

    /// <returns>Empty when there is no answer.</returns>
    private static async Task<ReadOnlyMemory<byte>> AskAsync(ClusterNode node, ulong id, ushort kind, CancellationToken cancellationToken)
    {
        try
        {
            return await node.CallAsync(id, kind, default, CallTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (PeerCallException)
        {
            return default;
        }
    }

    /// <summary>How the servers are, as the leader hears of them.</summary>
    public async Task<ClusterHealth> HealthAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _node is null
                ? await JudgeOnEtcdAsync(cancellationToken).ConfigureAwait(false)
                : _judge.Judge(await _node.AskLeaderAsync(cancellationToken).ConfigureAwait(false), _state.View.Cluster);
        }
        catch (ConsensusRefusedException)
        {
            return _judge.Judge(_node!.Consensus, _state.View.Cluster);
        }
    }

    /// <summary>Takes a server on an etcd, one that is gone, out of the state. It may come back under its name.</summary>
    public async Task ForgetAsync(string id, CancellationToken cancellationToken)
    {
        if (_state.View.Cluster.Server(id) is null)
            throw ApiException.Failed($"id \"{JsonValues.Shown(id)}\" was not found among the servers");
        if ((await JudgeOnEtcdAsync(cancellationToken).ConfigureAwait(false)).Servers.Any(s => s.Id == id && s.SinceContact is not null))
            throw ApiException.Failed($"Server {id} runs: a server whose log is in etcd is taken out by stopping it");
        await _state.ProposeAsync(new RemoveServer { Id = id, MayReturn = true }, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="ApiException">etcd does not answer.</exception>
    private async Task<ClusterHealth> JudgeOnEtcdAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _judge.Judge(_state.Log.Status.Leader, await _etcd!.PresentAsync(cancellationToken).ConfigureAwait(false), _state.View.Cluster);
        }
        catch (TimeoutException e)
        {
            throw ApiException.Failed(e.Message);
        }
    }

    public void Start() => _loop = _node is null ? Task.CompletedTask : Task.Run(() => RunAsync(_node));

    public async ValueTask DisposeAsync()
    {
        _state.Changed -= OnChanged;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>On the log's loop: only leaves word.</summary>
    private void OnChanged(StateChange change)
    {
        if (_node is not null && (change.Restored || change.Topics.Contains(Topic.Servers)))
            ThreadPool.UnsafeQueueUserWorkItem(static m => m.Follow(), this, preferLocal: false);
    }

    /// <summary>Keeps the way to the other servers as the newest state has it.</summary>
    private void Follow()
    {
        lock (_following)
        {
            var cluster = _state.View.Cluster;
            _node?.SetAddresses(cluster.Servers.Select(s => (Parse(s.Id), s.RaftAddress)), cluster.Removed.Select(Parse));
        }
    }

    private static ulong Parse(string id) => ServerId.TryParse(id, out var node) ? node : 0;

    private async Task RunAsync(ClusterNode cluster)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(LookEvery, _time, _stopping.Token).ConfigureAwait(false);
                if (cluster.Consensus.Leader == cluster.NodeId)
                    await LookAfterAsync(cluster).ConfigureAwait(false);
                else
                    _judged = null;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is ApiException or ConsensusRefusedException or LogStoppedException)
            {
                _log.LogDebug("Looking after the servers: {Reason}", e.Message);
            }
        }
    }

    private async Task LookAfterAsync(ClusterNode cluster)
    {
        var config = _state.View.Cluster.Autopilot;
        var health = _judge.Judge(cluster.Consensus, _state.View.Cluster);
        _judged = health;
        var plan = AutopilotPlan.Make(health, config);
        if (plan.Remove is { } dead)
        {
            _log.LogWarning("Server {Server} ({Name}) is dead and is taken out", dead.Id, dead.Name);
            await cluster.RemoveAsync(Parse(dead.Id), _stopping.Token).ConfigureAwait(false);
        }
        else if (plan.Promote is { } learner)
        {
            _log.LogInformation("Server {Server} ({Name}) is stable and gets a vote", learner.Id, learner.Name);
            await cluster.PromoteAsync(Parse(learner.Id), _stopping.Token).ConfigureAwait(false);
        }
    }
}
