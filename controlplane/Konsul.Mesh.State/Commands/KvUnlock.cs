namespace Konsul.Mesh.State.Commands;

/// <summary>Sets a key and gives its lock back. Lost (<see cref="ApplyResult.CasHeld"/> false) when the session does not hold it.</summary>
public sealed record KvUnlock : Command
{
    public required string Key { get; init; }

    public ReadOnlyMemory<byte> Value { get; init; }

    public ulong Flags { get; init; }

    /// <summary>The session's id.</summary>
    public required string Session { get; init; }
}
