namespace Konsul.Mesh.State.Commands;

/// <summary>Puts a former value, with its flags, again, as a new version; also of a deleted key. Fails when that version is not kept.</summary>
public sealed record KvRollback : Command
{
    public required string Key { get; init; }

    public ulong Version { get; init; }
}
