namespace Konsul.Mesh.State.Snapshots;

/// <summary>A snapshot that does not read back as it was written.</summary>
public sealed class SnapshotDamagedException : Exception
{
    public SnapshotDamagedException(long offset, string what)
        : base($"The snapshot is damaged at byte {offset}: {what}") => Offset = offset;

    public long Offset { get; }
}
