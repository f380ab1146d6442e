using Konsul.Mesh.Raft;

namespace Konsul.Mesh.Corpus.Raft.Interaction;

/// <summary>A log in memory whose snapshot is always the newest applied state.</summary>
internal sealed class HistoryStorage : ILogStorage
{
    public MemoryStorage Memory { get; } = new();

    public List<Snapshot> History { get; } = [];

    public HardState HardState => Memory.HardState;

    public ConfState Members => Memory.Members;

    public ulong FirstIndex => Memory.FirstIndex;

    public ulong LastIndex => Memory.LastIndex;

    public Snapshot Snapshot => History[^1];

    public LogRead TryGetTerm(ulong index, out ulong term) => Memory.TryGetTerm(index, out term);

    public LogRead TryGetEntries(ulong low, ulong high, ulong maxBytes, List<Entry> into) => Memory.TryGetEntries(low, high, maxBytes, into);
}
