using Konsul.Mesh.Raft.Quorum;
using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Reads;

/// <summary>
/// Reads that wait until a majority confirms that this node leads. Each gets a number of the leader's own, which only grows; heartbeats carry the
/// newest one, and an answer confirms all reads up to it. So a late answer can never confirm a read that came after its heartbeat (etcd #20418).
/// </summary>
internal sealed class ReadOnlyQueue : IAckedIndexes
{
    private readonly Queue<PendingRead> _unconfirmed = [];
    private readonly SortedList<ulong, ulong> _acks = [];

    /// <summary>The newest number given, also by an earlier leadership.</summary>
    public ulong LastNumber { get; private set; }

    /// <summary>The newest number that a heartbeat carries.</summary>
    public ulong SentNumber { get; private set; }

    public ulong ConfirmedNumber { get; private set; }

    public int Count => _unconfirmed.Count;

    /// <summary>A round of heartbeats is out whose answers will confirm something.</summary>
    public bool IsRoundUnderWay => SentNumber > ConfirmedNumber;

    public void Add(ulong index, ulong from, ulong token) => _unconfirmed.Enqueue(new PendingRead(TakeNumber(), index, from, token));

    /// <summary>A number without a read, to time a lease.</summary>
    public ulong TakeNumber() => ++LastNumber;

    /// <summary>What the heartbeats of this moment carry; 0 when nothing waits.</summary>
    public ulong StartRound(ulong self)
    {
        if (LastNumber <= ConfirmedNumber)
        {
            return 0;
        }

        SentNumber = LastNumber;
        RecordAck(self, SentNumber);
        return SentNumber;
    }

    public void RecordAck(ulong from, ulong number)
    {
        // A number that was never sent confirms nothing.
        if (number <= SentNumber)
        {
            _acks[from] = Math.Max(number, _acks.TryGetValue(from, out var before) ? before : 0);
        }
    }

    /// <summary>Moves the reads that a majority of voters has confirmed.</summary>
    /// <returns>Whether anything new is confirmed.</returns>
    public bool Advance(ProgressTracker tracker, RaftRules rules, List<PendingRead> confirmed)
    {
        var number = Math.Min(tracker.CommittedIndex(this, rules), LastNumber);
        if (number <= ConfirmedNumber)
        {
            return false;
        }

        ConfirmedNumber = number;
        while (_unconfirmed.TryPeek(out var read) && read.Number <= number)
        {
            confirmed.Add(_unconfirmed.Dequeue());
        }

        return true;
    }

    /// <summary>A leadership ends or begins: nothing that came before counts.</summary>
    public void Reset()
    {
        _unconfirmed.Clear();
        _acks.Clear();
        SentNumber = ConfirmedNumber = LastNumber;
    }

    bool IAckedIndexes.TryGetAcked(ulong voter, out ulong index) => _acks.TryGetValue(voter, out index);
}
