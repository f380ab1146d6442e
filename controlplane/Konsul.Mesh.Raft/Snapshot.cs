namespace Konsul.Mesh.Raft;

/// <summary>What takes the place of the log up to an index. The core knows its metadata; the state itself is kept and sent by the host.</summary>
/// <param name="Index">The last entry it holds; 0 for none.</param>
/// <param name="Term">Of that entry.</param>
/// <param name="Members">The configuration as of that entry.</param>
public sealed record Snapshot(ulong Index, ulong Term, ConfState Members)
{
    public static Snapshot None { get; } = new(0, 0, ConfState.Empty);

    public bool IsEmpty => Index == 0;
}
