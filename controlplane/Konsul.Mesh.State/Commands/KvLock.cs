namespace Konsul.Mesh.State.Commands;

/// <summary>
/// Sets a key and takes its lock for a session. Lost (<see cref="ApplyResult.CasHeld"/> false) when another session holds it or a lock-delay runs;
/// fails when there is no such session. The holder may lock again: that only writes.
/// </summary>
public sealed record KvLock : Command
{
    public required string Key { get; init; }

    public ReadOnlyMemory<byte> Value { get; init; }

    public ulong Flags { get; init; }

    /// <summary>The session's id; it is looked for in the key's namespace.</summary>
    public required string Session { get; init; }
}
