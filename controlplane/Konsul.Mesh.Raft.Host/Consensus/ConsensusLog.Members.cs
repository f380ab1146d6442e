using System.Collections.Concurrent;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What comes from other servers, and what is asked of them.</summary>
public sealed partial class ConsensusLog
{
    private static readonly TimeSpan ForwardTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ChangeTimeout = TimeSpan.FromSeconds(10);

    public ConsensusStatus Consensus => Volatile.Read(ref _consensus) ?? new ConsensusStatus { Self = NodeId };

    private readonly ConcurrentDictionary<ulong, long> _contacts = new();
    private ulong _configurationIndex;
    private ConsensusStatus? _consensus;

    /// <summary>A message of the server that it names.</summary>
    internal void OnMessage(Message message)
    {
        var now = _time.GetTimestamp();
        _contacts[message.From] = now;
        if (message.From == Volatile.Read(ref _leaderId))
        {
            Volatile.Write(ref _leaderHeard, now);
        }

        if (message.Type != MessageType.Snap)
        {
            Post(() => _driver.Receive(message));
            return;
        }

        Post(() =>
        {
            _driver.Receive(message);
            _driver.Pump();
            ForgetUnclaimed();
        });
    }

    /// <summary>On the owner's loop, some times a second: who the members are and, on the leader, how far each is.</summary>
    private void PublishConsensus()
    {
        var (status, now) = (_driver.Status(), _time.GetTimestamp());
        var members = status.Members;
        var ids = members.Voters.Union(members.VotersOutgoing).Union(members.Learners).Union(members.LearnersNext).Order();
        _consensus = new ConsensusStatus
        {
            Self = NodeId,
            Leader = status.SoftState.Leader,
            Term = status.HardState.Term,
            ConfigurationIndex = _configurationIndex,
            Members = [.. ids.Select(id => Describe(id, status, now))],
        };
    }

    private MemberStatus Describe(ulong id, RaftStatus status, long now)
    {
        var progress = status.Progress.FirstOrDefault(p => p.Id == id);
        var match = id == NodeId ? status.LastIndex : progress.Match;
        _storage.TryGetTerm(match, out var term);
        return new MemberStatus(id, status.Members.Voters.Contains(id))
        {
            IsLeader = id == status.SoftState.Leader,
            LastIndex = match,
            LastTerm = term,
            SinceContact = id == NodeId ? TimeSpan.Zero : _contacts.TryGetValue(id, out var heard) ? _time.GetElapsedTime(heard, now) : null,
        };
    }

    internal void OnUnreachable(ulong node) => Post(() => _driver.Unreachable(node));

    internal void OnConnectionLost(ulong node) => Post(() => _driver.ConnectionLost(node));

    internal void OnSnapshotStatus(ulong node, bool succeeded) => Post(() => _driver.SnapshotSent(node, succeeded));

    /// <summary>Commands that another server sends to the leader it knows.</summary>
    internal async Task<ReadOnlyMemory<byte>> OnForwardAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (!ForwardCodec.TryDecode(body.Span, out var term, out var entries))
        {
            throw new PeerCallException(PeerCallError.Failed, "The forwarded commands are malformed.");
        }

        if (_diskFull)
        {
            return new[] { (byte)ForwardOutcome.Overloaded };
        }

        var outcome = await OnOwnerAsync(() => _driver.TakeForwarded(term, entries), cancellationToken).ConfigureAwait(false);
        return new[] { (byte)outcome };
    }

    public Task TransferLeadershipAsync(ulong target, CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return ChangeAsync(done, () => _driver.Transfer(target, done), cancellationToken);
    }

    public Task RemoveAsync(ulong id, CancellationToken cancellationToken = default) =>
        ChangeMembersAsync(ConfChangeType.Remove, id, m => !m.Voters.Contains(id) && !m.Learners.Contains(id), cancellationToken);

    /// <summary>Lets a server listen; it votes after <see cref="PromoteAsync"/>.</summary>
    internal Task AddLearnerAsync(ulong id, CancellationToken cancellationToken) =>
        ChangeMembersAsync(ConfChangeType.AddLearner, id, m => m.Voters.Contains(id) || m.Learners.Contains(id), cancellationToken);

    internal Task PromoteAsync(ulong id, CancellationToken cancellationToken) =>
        ChangeMembersAsync(ConfChangeType.AddVoter, id, m => m.Voters.Contains(id), cancellationToken);

    private Task ChangeMembersAsync(ConfChangeType type, ulong id, Predicate<ConfState> reached, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return ChangeAsync(done, () => _driver.Change(ConfChange.Of(type, id), reached, done), cancellationToken);
    }

    private async Task ChangeAsync(TaskCompletionSource done, Action start, CancellationToken cancellationToken)
    {
        if (!Post(start))
        {
            throw Ended();
        }

        try
        {
            await done.Task.WaitAsync(ChangeTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new ConsensusRefusedException("It was not agreed on in time; it may still happen.");
        }
    }

    private async Task ForwardAsync(ulong leader, ulong term, IReadOnlyList<PendingProposal> proposals)
    {
        var outcome = ForwardOutcome.Unknown;
        try
        {
            using var limit = new CancellationTokenSource(ForwardTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _closing.Token);
            var answer = await _peers.CallAsync(leader, CallKind.Forward, ForwardCodec.Encode(term, proposals), either.Token).ConfigureAwait(false);
            outcome = answer.Length == 1 ? (ForwardOutcome)answer.Span[0] : ForwardOutcome.Unknown;
        }
        catch (PeerCallException e) when (!e.MayHaveRun)
        {
            outcome = ForwardOutcome.NotLeader;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Only applied entries tell.
        }

        Post(() => _driver.Forwarded(term, proposals, outcome));
    }

    private async Task<T> OnOwnerAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Post(() => done.TrySetResult(work())))
        {
            throw Ended();
        }

        return await done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
