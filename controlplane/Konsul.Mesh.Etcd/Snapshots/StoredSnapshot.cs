using System.Globalization;
using Google.Protobuf;

namespace Konsul.Mesh.Etcd.Snapshots;

/// <summary>What the key <c>snapshot</c> says of the one that etcd holds.</summary>
/// <param name="Index">The last entry that it holds.</param>
/// <param name="Bytes">Of all chunks together.</param>
/// <param name="Hash">SHA-256 over them, in hexadecimal.</param>
internal sealed record StoredSnapshot(ulong Index, long Bytes, string Hash)
{
    /// <summary>Bytes of one chunk, well below etcd's limit of a request.</summary>
    public const int ChunkSize = 512 * 1024;

    private const string Version = "1";

    public int Chunks => (int)((Bytes + ChunkSize - 1) / ChunkSize);

    public ByteString ToValue() => ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{Version} {Index} {Bytes} {Hash}"));

    /// <exception cref="EtcdException">It says something else.</exception>
    public static StoredSnapshot Parse(ByteString value, string key)
    {
        var text = value.Length <= 200 ? value.ToStringUtf8() : "";
        return text.Split(' ') is [Version, var index, var bytes, { Length: 64 } hash]
            && ulong.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
            && long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var b)
            && b <= int.MaxValue * (long)ChunkSize
            ? new StoredSnapshot(i, b, hash)
            : throw new EtcdException(EtcdFailure.Damaged, $"The value of etcd's key {key} describes no snapshot that this program knows.");
    }
}
