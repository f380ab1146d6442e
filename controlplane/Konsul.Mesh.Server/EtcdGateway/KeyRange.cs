using System.Text;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Kv;
using Konsul.Mesh.State.Events;
using Konsul.Mesh.State.Kv;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>
/// The keys that a request is about: one, all that start alike, or a stretch of them. Keys are bytes in etcd and text here, so they must be UTF-8.
/// </summary>
/// <param name="Start">The key, the prefix, or the first key; plain, without its namespace.</param>
/// <param name="Kind">What it is.</param>
/// <param name="End">Of a stretch: the first key that is no longer in it; null for none.</param>
internal sealed record KeyRange(string Start, KeyRangeKind Kind, string? End)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static KeyRange Of(byte[] key, byte[] end)
    {
        if (key.Length == 0)
            throw EtcdException.Invalid("etcdserver: key is not provided");
        if (end.Length == 0)
            return new KeyRange(Text(key), KeyRangeKind.One, null);

        // "\0" as a key is before all keys, as an end behind them all.
        var all = end is [0];
        if (key is [0])
            return all ? new KeyRange("", KeyRangeKind.Prefix, null) : new KeyRange("", KeyRangeKind.Stretch, Text(end));
        if (all)
            return new KeyRange(Text(key), KeyRangeKind.Stretch, null);
        return end.AsSpan().SequenceEqual(Successor(key)) ? new KeyRange(Text(key), KeyRangeKind.Prefix, null) : new KeyRange(Text(key), KeyRangeKind.Stretch, Text(end));
    }

    public static string Text(byte[] key)
    {
        try
        {
            var text = Strict.GetString(key);
            return NamespacedKey.HeadLength(text) == 0 ? text : throw EtcdException.Invalid("a key may not begin with a NUL byte here");
        }
        catch (DecoderFallbackException)
        {
            throw EtcdException.Invalid("a key must be UTF-8 here");
        }
    }

    public bool Contains(string key) => Kind switch
    {
        KeyRangeKind.One => key == Start,
        KeyRangeKind.Prefix => key.StartsWith(Start, StringComparison.Ordinal),
        _ => string.CompareOrdinal(key, Start) >= 0 && (End is null || string.CompareOrdinal(key, End) < 0),
    };

    public IEnumerable<KvEntry> Read(KvView kv, string ns) => Kind switch
    {
        KeyRangeKind.One => kv.Get(NamespacedKey.Of(ns, Start)) is { } entry ? [entry] : [],
        KeyRangeKind.Prefix => kv.List(NamespacedKey.Of(ns, Start)),
        _ => kv.List(NamespacedKey.Of(ns, "")).Where(e => Contains(e.Key)),
    };

    /// <summary>The last change in it, or of more than it.</summary>
    public ulong LastChange(KvView kv, string ns) => kv.PrefixIndex(NamespacedKey.Of(ns, Kind == KeyRangeKind.Stretch ? "" : Start));

    public bool Touches(Topic topic, string ns) =>
        topic.Kind == TopicKind.KvKey && NamespacedKey.Split(topic.Key) is var (space, name) && space == ns && Contains(name);

    /// <summary>The end of the range of all keys that start with this one: its last byte that can be raised, raised.</summary>
    private static byte[] Successor(byte[] key)
    {
        var last = Array.FindLastIndex(key, b => b < 0xff);
        if (last < 0)
            return [0];
        var end = key[..(last + 1)];
        end[last]++;
        return end;
    }
}
