using System.Globalization;
using System.Text;
using Google.Protobuf;
using Konsul.Mesh.Etcd.Protocol;

namespace Konsul.Mesh.Etcd;

/// <summary>
/// The keys under one prefix: <c>cluster</c> (whose log), <c>log/INDEX</c> (batches, named by their first index), <c>leader</c> and
/// <c>servers/NODE</c> and <c>checks/NODE</c> (with a lease), <c>snapshot</c> (what is stored) and <c>snap/INDEX/CHUNK</c> (its bytes). Numbers are in hexadecimal
/// of fixed width, so that the order of keys is theirs.
/// </summary>
internal sealed class LogKeys(string prefix)
{
    private readonly string _batches = prefix + "log/";

    public string Prefix => prefix;

    public ByteString Cluster { get; } = Key(prefix + "cluster");

    public ByteString Leader { get; } = Key(prefix + "leader");

    public ByteString Snapshot { get; } = Key(prefix + "snapshot");

    public ByteString All { get; } = Key(prefix);

    public ByteString Log { get; } = Key(prefix + "log/");

    public ByteString Servers { get; } = Key(prefix + "servers/");

    public ByteString Checks { get; } = Key(prefix + "checks/");

    public ByteString Chunks { get; } = Key(prefix + "snap/");

    public ByteString Batch(ulong index) => Key(_batches + index.ToString("x16", CultureInfo.InvariantCulture));

    public ByteString Server(string node) => Key($"{prefix}servers/{node}");

    public ByteString Check(string node) => Key($"{prefix}checks/{node}");

    public ByteString ChunksOf(ulong index) => Key(string.Create(CultureInfo.InvariantCulture, $"{prefix}snap/{index:x16}/"));

    public ByteString Chunk(ulong index, int chunk) => Key(string.Create(CultureInfo.InvariantCulture, $"{prefix}snap/{index:x16}/{chunk:x8}"));

    public static string Text(ByteString key) => Encoding.UTF8.GetString(key.Span);

    /// <summary>The end of the range of all keys that start with <paramref name="start"/>, which ends with a slash.</summary>
    public static ByteString After(ByteString start)
    {
        var end = start.ToByteArray();
        end[^1]++;
        return UnsafeByteOperations.UnsafeWrap(end);
    }

    public ulong IndexOf(KeyValue batch)
    {
        var name = Text(batch.Key);
        return name.Length == _batches.Length + 16
            && ulong.TryParse(name.AsSpan(_batches.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new EtcdException(EtcdFailure.Damaged, $"etcd holds the key {name}, which is no entry of the log: something else writes under {prefix}.");
    }

    private static ByteString Key(string name) => ByteString.CopyFromUtf8(name);
}
