using System.Collections.Concurrent;
using Konsul.Mesh.Raft.Host.Audit;
using Konsul.Mesh.Raft.Host.Cluster;
using Konsul.Mesh.Raft.Host.Peers.Calls;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What comes from other servers, and what is asked of them.</summary>
public sealed partial class ConsensusLog
{
    /// <summary>How many reports a removed server still waits: half a second.</summary>
    private const int GoodbyeReports = 10;

    private static readonly TimeSpan ForwardTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ChangeTimeout = TimeSpan.FromSeconds(10);

    public ConsensusStatus Consensus => Volatile.Read(ref _consensus) ?? new ConsensusStatus { Self = NodeId };

    private readonly ConcurrentDictionary<ulong, long> _contacts = new();
    private ulong _configurationIndex;
    private bool _wasMember;
    private int _goodbye;
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
        LeaveIfRemoved();
    }

    private MemberStatus Describe(ulong id, RaftStatus status, long now)
    {
        var progress = status.Progress.FirstOrDefault(p => p.Id == id);
        var match = id == NodeId ? _storage.LastIndex : progress.Match;
        if (_storage.TryGetTerm(match, out var term) != LogRead.Ok && match > _storage.LastIndex)
        {
            // A follower's disk was faster than this leader's, which appends in its own term only.
            term = status.HardState.Term;
        }

        return new MemberStatus(id, status.Members.Voters.Contains(id))
        {
            IsLeader = id == status.SoftState.Leader,
            LastIndex = match,
            LastTerm = term,
            SinceContact = id == NodeId ? TimeSpan.Zero : _contacts.TryGetValue(id, out var heard) ? _time.GetElapsedTime(heard, now) : null,
        };
    }

    /// <summary>What this server's state was, and is.</summary>
    internal async Task<CheckpointReport> ReportAsync(CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<CheckpointReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_apply.Post(loop => done.TrySetResult(loop.Report())))
        {
            throw Ended();
        }

        // What was posted may be left lying when the loop fails.
        await Task.WhenAny(done.Task, _completion.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        return done.Task.IsCompleted ? await done.Task.ConfigureAwait(false) : throw Ended();
    }

    /// <summary>Stops the log for good, for the given reason.</summary>
    internal void Fence(string reason) => Stop(new LogStoppedException(reason));

    /// <summary>Another server says, and has proven to be one, that this one belongs no more.</summary>
    internal void OnRemoved() => Stop(RemovedServer.Stopped(NodeId));

    /// <summary>It has applied its own removal: nobody tells it anything any more. One that leads first lets the others know that it is agreed on.</summary>
    private void LeaveIfRemoved()
    {
        var isMember = _consensus!.Members.Any(m => m.Id == NodeId);
        _wasMember |= isMember;
        if (isMember || !_wasMember || _driver.IsLeader)
        {
            _goodbye = 0;
        }
        else if (++_goodbye > GoodbyeReports)
        {
            OnRemoved();
        }
    }

    internal void OnUnreachable(ulong node) => Post(() => _driver.Unreachable(node));

    internal void OnConnectionLost(ulong node) => Post(() => _driver.ConnectionLost(node));

    internal void OnSnapshotStatus(ulong node, bool succeeded) => Post(() => _driver.SnapshotSent(node, succeeded));

    /// <summary>Commands that another server sends to the leader it knows.</summary>
    internal async Task<ReadOnlyMemory<byte>> OnForwardAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var answered = new TaskCompletionSource<ForwardOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        OnForward(body, outcome => answered.TrySetResult(outcome));
        return new[] { (byte)await answered.Task.WaitAsync(cancellationToken).ConfigureAwait(false) };
    }

    /// <param name="body">As of <see cref="ForwardCodec"/>.</param>
    /// <param name="answer">Called on the owner's loop, or at once.</param>
    /// <exception cref="PeerCallException">No server of this version sends that.</exception>
    /// <exception cref="LogStoppedException">The log is closed.</exception>
    internal void OnForward(ReadOnlyMemory<byte> body, Action<ForwardOutcome> answer)
    {
        if (!ForwardCodec.TryDecode(body.Span, out var term, out var entries))
        {
            throw new PeerCallException(PeerCallError.Failed, "The forwarded commands are malformed.");
        }

        if (_diskFull)
        {
            answer(ForwardOutcome.Overloaded);
        }
        else if (!Post(() => answer(_driver.TakeForwarded(term, entries))))
        {
            throw Ended();
        }
    }

    /// <summary>Runs something on the owner's loop.</summary>
    /// <returns>False when the log is closed.</returns>
    internal bool OnOwner(Action<NodeDriver> work) => Post(() => work(_driver));

    public Task TransferLeadershipAsync(ulong target, CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TransferredAsync(ChangeAsync(done, () => _driver.Transfer(target, done), cancellationToken), cancellationToken);
    }

    /// <summary>Whoever looks after this sees the new leader.</summary>
    private async Task TransferredAsync(Task transfer, CancellationToken cancellationToken)
    {
        await transfer.ConfigureAwait(false);
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Post(seen.SetResult))
        {
            await seen.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public Task RemoveAsync(ulong id, CancellationToken cancellationToken = default) =>
        ChangeMembersAsync(ConfChangeType.Remove, id, m => !m.Voters.Contains(id) && !m.Learners.Contains(id), cancellationToken);

    public Task ReplaceAsync(ulong id, ulong with, CancellationToken cancellationToken = default) => ChangeMembersAsync(
        new ConfChange { Steps = [new(ConfChangeType.AddVoter, with), new(ConfChangeType.Remove, id)] },
        m => m.Voters.Contains(with) && !m.Voters.Contains(id) && !m.Learners.Contains(id) && !m.IsJoint,
        cancellationToken);

    /// <summary>Lets a server listen; it votes after <see cref="PromoteAsync"/>.</summary>
    internal Task AddLearnerAsync(ulong id, CancellationToken cancellationToken) =>
        ChangeMembersAsync(ConfChangeType.AddLearner, id, m => m.Voters.Contains(id) || m.Learners.Contains(id), cancellationToken);

    internal Task PromoteAsync(ulong id, CancellationToken cancellationToken) =>
        ChangeMembersAsync(ConfChangeType.AddVoter, id, m => m.Voters.Contains(id), cancellationToken);

    private Task ChangeMembersAsync(ConfChangeType type, ulong id, Predicate<ConfState> reached, CancellationToken cancellationToken) =>
        ChangeMembersAsync(ConfChange.Of(type, id), reached, cancellationToken);

    private Task ChangeMembersAsync(ConfChange change, Predicate<ConfState> reached, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return ChangeAsync(done, () => _driver.Change(change, reached, done), cancellationToken);
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

        _options.Metrics?.Forwarded(outcome, proposals.Count);
        Post(() => _driver.Forwarded(term, proposals, outcome));
    }
}
