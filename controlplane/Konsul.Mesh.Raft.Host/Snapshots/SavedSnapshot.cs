namespace Konsul.Mesh.Raft.Host.Snapshots;

/// <summary>A snapshot that is whole on a disk, here or at the node that offers it.</summary>
/// <param name="Meta">What it stands for.</param>
/// <param name="Length">Of its content, bytes: the configuration and the state machine's bytes, without the file's own header and footer.</param>
/// <param name="Sha256">Of its content, 64 lower-case hex digits.</param>
public sealed record SavedSnapshot(Snapshot Meta, long Length, string Sha256)
{
    public static SavedSnapshot None { get; } = new(Snapshot.None, 0, "");
}
