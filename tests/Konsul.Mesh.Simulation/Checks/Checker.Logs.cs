using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Servers;

namespace Konsul.Mesh.Simulation.Checks;

/// <summary>The logs on the disks.</summary>
internal sealed partial class Checker
{
    /// <summary>Every entry that was ever durable anywhere, by index and term: what is before it, and what it holds.</summary>
    private readonly Dictionary<(ulong Index, ulong Term), (ulong TermBefore, ulong Hash)> _entries = [];
    private readonly Dictionary<ulong, (RunView View, ulong Snapshot)> _lastSeen = [];
    private readonly List<Entry> _read = [];

    /// <summary>Looks at what is new in a storage. Two logs with the same entry have the same before it (I3), since every entry has one predecessor.</summary>
    private void Stored(ServerRun run)
    {
        var (storage, seen) = (run.Storage, run.Seen);
        var (first, last) = (storage.FirstIndex, storage.LastIndex);
        Require(storage.TryGetTerm(first - 1, out _) == LogRead.Ok, "I11", $"the log of {run.Id} begins at {first} behind a gap");
        Require(
            storage.Snapshot.Index + 1 >= first && last >= storage.Snapshot.Index,
            "I11", $"the log of {run.Id} is from {first} to {last}, its snapshot at {storage.Snapshot.Index}");
        Require(storage.HardState.Commit <= last, "I8", $"the storage of {run.Id} ends at {last}, committed is {storage.HardState.Commit}");
        var (replaced, isNew) = (last < seen.StoredLast, false);
        for (var index = first; index <= last; index++)
        {
            storage.TryGetTerm(index, out var term);
            var isKnown = seen.Stored.TryGetValue(index, out var known) && known == term;
            if (!isKnown || isNew)
            {
                Found(run, index, term);
            }

            isNew = !isKnown;
            replaced |= isNew && known != 0;
            seen.Stored[index] = term;
        }

        if (replaced)
        {
            world.Trace.Note(Happening.EntriesReplaced, run.Id, last);
        }

        for (var gone = last + 1; gone <= seen.StoredLast; gone++)
        {
            seen.Stored.Remove(gone);
        }

        seen.StoredLast = last;
    }

    /// <summary>The process has ended; its disk keeps what was durable.</summary>
    public void Ended(ServerRun run)
    {
        if (run.IsUp)
        {
            Stored(run);
            _lastSeen[run.Id] = (run.Seen, run.Storage.Snapshot.Index);
        }
    }

    /// <summary>Whether an entry is durable there, or was before its disk was lost.</summary>
    private bool Holds(ulong server, ulong index, ulong term)
    {
        if (world.RunOf(server) is { } run)
        {
            return index <= run.Storage.Snapshot.Index || (run.Storage.TryGetTerm(index, out var held) == LogRead.Ok && held == term);
        }

        return _lastSeen.TryGetValue(server, out var last) && (index <= last.Snapshot || last.View.Stored.GetValueOrDefault(index) == term);
    }

    private void Found(ServerRun run, ulong index, ulong term)
    {
        run.World.IsLooking = true;
        _read.Clear();
        var answer = run.Storage.TryGetEntries(index, index + 1, ulong.MaxValue, _read);
        run.World.IsLooking = false;
        if (answer != LogRead.Ok || run.Storage.TryGetTerm(index - 1, out var before) != LogRead.Ok)
        {
            return;
        }

        var entry = (TermBefore: before, Hash: Hash(_read[0]));
        Require(
            _entries.TryAdd((index, term), entry) || _entries[(index, term)] == entry,
            "I3", $"entry {term}/{index} of {run.Id} is {entry}, elsewhere it was {_entries[(index, term)]}");
    }

    private static ulong Hash(Entry entry)
    {
        var hash = 14695981039346656037 ^ (ulong)entry.Type;
        foreach (var b in entry.Data.Span)
        {
            hash = (hash ^ b) * 1099511628211;
        }

        return hash;
    }
}
