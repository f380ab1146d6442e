using System.Collections.Immutable;
using Konsul.Mesh.Raft;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Corpus.Raft.Interaction;

/// <summary>A node with its storage, and the work its storage has not done yet.</summary>
internal sealed class InteractionNode(RaftOptions options, HistoryStorage storage)
{
    public RaftNode Raft { get; } = new(options);

    public RaftOptions Options => options;

    public HistoryStorage Storage => storage;

    public Queue<Message> AppendWork { get; } = [];

    public Queue<Message> ApplyWork { get; } = [];

    public void Append(HardState? hard, ImmutableArray<Entry> entries, Snapshot? snapshot)
    {
        if (hard is { IsEmpty: false } state)
        {
            storage.Memory.HardState = state;
        }

        if (snapshot is not null)
        {
            storage.Memory.ApplySnapshot(snapshot);
            return;
        }

        storage.Memory.Append(entries.AsSpan());
    }

    public void Apply(ImmutableArray<Entry> entries)
    {
        foreach (var entry in entries)
        {
            var members = storage.History[^1].Members;
            if (entry.Type != EntryType.Normal)
            {
                if (!ConfChange.TryDecode(entry.Type, entry.Data, out var change))
                {
                    throw new FormatException("A committed configuration change cannot be read.");
                }

                members = Raft.ApplyConfChange(change, entry.Index);
            }

            storage.History.Add(new Snapshot(entry.Index, entry.Term, members));
        }
    }
}
