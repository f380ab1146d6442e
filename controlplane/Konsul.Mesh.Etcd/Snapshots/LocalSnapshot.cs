namespace Konsul.Mesh.Etcd.Snapshots;

/// <param name="Path">Where it is.</param>
/// <param name="Index">The last entry that it holds.</param>
/// <param name="Bytes">Without the file's own footer.</param>
/// <param name="Hash">SHA-256 over those bytes, in hexadecimal.</param>
internal sealed record LocalSnapshot(string Path, ulong Index, long Bytes, string Hash)
{
    /// <summary>The bytes, to be read once.</summary>
    public Stream Open() => new BodyStream(File.OpenRead(Path), Bytes);
}
