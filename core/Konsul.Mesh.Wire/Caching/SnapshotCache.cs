using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Caching;

/// <summary>
/// The last good resources of one proxy in one file: "KMR1", CRC-32C of the rest, then a <see cref="CachedResources"/> message.
/// Replaced by rename, so that a reader sees the old or the new one, never a half. Damage is reported, never thrown.
/// </summary>
public sealed class SnapshotCache(string directory, ProxyNode node)
{
    private const int HeaderLength = 8;
    private const long MaxLength = 256L << 20;

    private readonly string _path = Path.Combine(directory, "resources.bin");

    public CacheRead Read()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return default;
            }

            if (new FileInfo(_path).Length is < HeaderLength or > MaxLength)
            {
                return Bad("has an impossible length");
            }

            var bytes = File.ReadAllBytes(_path);
            if (!bytes.AsSpan().StartsWith("KMR1"u8))
            {
                return Bad("is not a cache of resources");
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) != Checksum(bytes.AsSpan(HeaderLength)))
            {
                return Bad("is damaged: its checksum does not match");
            }

            var cached = CachedResources.Parser.ParseFrom(bytes, HeaderLength, bytes.Length - HeaderLength);
            return cached.Node?.ProxyId == node.ProxyId && cached.Node.Node == node.Node
                ? new CacheRead(cached.Types_, null)
                : Bad($"belongs to another proxy, \"{cached.Node?.ProxyId}\"");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidProtocolBufferException)
        {
            return Bad($"cannot be read: {e.Message}");
        }
    }

    /// <summary>Null when written, else why not; a full or read-only disk costs the cache, not the proxy.</summary>
    public string? Write(IEnumerable<DeltaResponse> resources)
    {
        var cached = new CachedResources { Node = node };
        cached.Types_.AddRange(resources);
        var bytes = new byte[HeaderLength + cached.CalculateSize()];
        "KMR1"u8.CopyTo(bytes);
        cached.WriteTo(bytes.AsSpan(HeaderLength));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Checksum(bytes.AsSpan(HeaderLength)));
        try
        {
            Directory.CreateDirectory(directory);
            var next = _path + ".new";
            using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(next, _path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The cache {_path} cannot be written: {e.Message}";
        }
    }

    private CacheRead Bad(string reason) => new(null, $"The cache {_path} {reason}.");

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
