using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host.Audit;

/// <summary>
/// Remembers the digest of the state at every so many entries, the newest of them, at the same indexes on every server. Belongs to the thread that
/// applies.
/// </summary>
public sealed class CheckpointLog(IReplicatedStateMachine machine)
{
    /// <summary>Entries between two checkpoints.</summary>
    public const ulong Every = 1000;

    /// <summary>Checkpoints that are kept: what a server may lag behind another one and still be compared with it.</summary>
    public const int Kept = 64;

    private readonly Queue<StateCheckpoint> _kept = new();

    /// <summary>The entry at <paramref name="index"/> was applied just now, and nothing behind it.</summary>
    public void Applied(ulong index)
    {
        if (index % Every != 0 || machine.Digest() is not { } digest)
        {
            return;
        }

        _kept.Enqueue(new StateCheckpoint(index, digest));
        if (_kept.Count > Kept)
        {
            _kept.Dequeue();
        }
    }

    /// <summary>The state was replaced: what it was before says nothing of it.</summary>
    public void Clear() => _kept.Clear();

    /// <summary>Those that are kept, and the state as it is: servers that have nothing to do are at the same index.</summary>
    public CheckpointReport Report(ulong applied) => new()
    {
        Form = machine.DigestForm,
        Checkpoints = machine.Digest() is { } now && _kept.All(c => c.Index != applied) ? [.. _kept, new StateCheckpoint(applied, now)] : [.. _kept],
    };
}
