namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>Nothing was taken; the receiver works on.</summary>
public sealed class SnapshotRefusedException : Exception
{
    public SnapshotRefusedException(SnapshotRefusal refusal, long offset, string message)
        : base(message) => (Refusal, Offset) = (refusal, offset);

    public SnapshotRefusal Refusal { get; }

    /// <summary>Where to go on.</summary>
    public long Offset { get; }
}
