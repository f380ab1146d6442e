namespace Konsul.Mesh.Raft.Log;

/// <summary>Handing committed entries to the state machine, so many bytes at a time.</summary>
internal sealed partial class RaftLog
{
    private readonly ulong _maxApplyingBytes;
    private ulong _applyingBytes;
    private bool _applyingPaused;

    /// <summary>The last index handed out to be applied.</summary>
    public ulong Applying { get; private set; }

    /// <summary>The last index that is applied.</summary>
    public ulong Applied { get; private set; }

    /// <param name="allowUnstable">Also what the storage does not hold yet.</param>
    public bool HasNextCommitted(bool allowUnstable) =>
        !_applyingPaused && Unstable.Snapshot is null && Applying < MaxAppliable(allowUnstable);

    public void ReadNextCommitted(bool allowUnstable, List<Entry> into)
    {
        if (HasNextCommitted(allowUnstable)
            && TryRead(Applying + 1, MaxAppliable(allowUnstable) + 1, _maxApplyingBytes - _applyingBytes, into) != LogRead.Ok)
        {
            throw new RaftInvariantException($"The log was compacted behind what is applied ({Applied}).");
        }
    }

    /// <summary>Entries up to the index were handed out.</summary>
    public void AcceptApplying(ulong index, ulong bytes, bool allowUnstable)
    {
        if (index > Committed)
        {
            throw new RaftInvariantException($"Entry {index} was handed out, but only {Committed} are committed.");
        }

        Applying = index;
        _applyingBytes += bytes;

        // Stopping before the end means that the next one would not have fitted.
        _applyingPaused = _applyingBytes >= _maxApplyingBytes || index < MaxAppliable(allowUnstable);
    }

    public void AppliedTo(ulong index, ulong bytes)
    {
        if (index > Committed || index < Applied)
        {
            throw new RaftInvariantException($"Applied up to {index}, which is not between {Applied} and {Committed}.");
        }

        Applied = index;
        Applying = Math.Max(Applying, index);
        _applyingBytes -= Math.Min(bytes, _applyingBytes);
        _applyingPaused = _applyingBytes >= _maxApplyingBytes;
    }

    /// <summary>Whether one of the committed entries that are not applied is of another type than Normal.</summary>
    public bool HasUnappliedConfChange()
    {
        var page = new List<Entry>();
        for (var low = Applied + 1; low <= Committed; low += (ulong)page.Count)
        {
            page.Clear();
            if (TryRead(low, Committed + 1, _maxApplyingBytes, page) != LogRead.Ok)
            {
                throw new RaftInvariantException($"The log was compacted behind what is applied ({Applied}).");
            }

            if (page.Exists(entry => entry.Type != EntryType.Normal))
            {
                return true;
            }
        }

        return false;
    }

    private ulong MaxAppliable(bool allowUnstable) => allowUnstable ? Committed : Math.Min(Committed, Unstable.Offset - 1);
}
