using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Kv;

/// <summary>
/// Former values: per key the newest <see cref="MaxVersions"/> within <see cref="MaxKeyBytes"/>, over all keys at most <see cref="MaxBytes"/>. What
/// is over that is given up by the keys in turn, each its oldest value.
/// </summary>
internal sealed record KvHistory
{
    public const int MaxVersions = 16;
    public const int MaxKeyBytes = 1024 * 1024;
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>What a value costs besides its bytes and key.</summary>
    private const int RowBytes = 128;

    public static KvHistory Empty { get; } = new();

    /// <summary>By key, the oldest first; nobody changes the arrays.</summary>
    public PersistentMap<string, KvPast[]> Rows { get; private init; } = PersistentMap<string, KvPast[]>.Empty(StringComparer.Ordinal);

    public long Bytes { get; private init; }

    /// <summary>The key that gave up a value last; the next one in order is next.</summary>
    public string Hand { get; private init; } = "";

    /// <param name="rows">In order of key and version.</param>
    /// <param name="hand">See <see cref="Hand"/>.</param>
    public static KvHistory From(IEnumerable<KeyValuePair<string, KvPast>> rows, string hand)
    {
        var (byKey, bytes) = (new List<KeyValuePair<string, KvPast[]>>(), 0L);
        foreach (var (key, past) in rows)
        {
            bytes += Size(key, past);
            if (byKey.Count > 0 && byKey[^1].Key == key)
            {
                byKey[^1] = new(key, [.. byKey[^1].Value, past]);
            }
            else
            {
                byKey.Add(new(key, [past]));
            }
        }

        return new KvHistory { Rows = PersistentMap<string, KvPast[]>.FromSorted(StringComparer.Ordinal, byKey), Bytes = bytes, Hand = hand };
    }

    /// <summary>The kept values of a key, the oldest first.</summary>
    public ReadOnlySpan<KvPast> Of(string key) => Rows.GetValueOrDefault(key);

    /// <summary>The newest version that is kept; 0 when none is.</summary>
    public ulong Last(string key) => !Rows.IsEmpty && Of(key) is [.., var last] ? last.Version : 0;

    public KvHistory Add(string key, KvRow row, ulong replaced)
    {
        var past = new KvPast(row.Version, row.Value, row.Flags, row.ModifyIndex, replaced);
        if (Size(key, past) > MaxKeyBytes)
        {
            return this;
        }

        KvPast[] kept = [.. Of(key), past];
        var (before, bytes, first) = (kept.Sum(p => Size(key, p)) - Size(key, past), kept.Sum(p => Size(key, p)), 0);
        for (; kept.Length - first > MaxVersions || bytes > MaxKeyBytes; first++)
        {
            bytes -= Size(key, kept[first]);
        }

        var history = this with { Rows = Rows.Set(key, first == 0 ? kept : kept[first..]), Bytes = Bytes - before + bytes };
        while (history.Bytes > MaxBytes)
        {
            history = history.DropNext();
        }

        return history;
    }

    private KvHistory DropNext()
    {
        var (key, kept) = Rows.From(Hand).FirstOrDefault(r => r.Key != Hand) is { Key: not null } next ? next : Rows.First();
        return this with
        {
            Rows = kept.Length == 1 ? Rows.Remove(key) : Rows.Set(key, kept[1..]),
            Bytes = Bytes - Size(key, kept[0]),
            Hand = key,
        };
    }

    private static long Size(string key, KvPast past) => past.Value.Length + (2L * key.Length) + RowBytes;
}
