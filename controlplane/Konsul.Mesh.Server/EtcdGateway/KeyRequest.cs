using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>What a put, a range or a deletion asks; each takes only its own fields.</summary>
internal sealed class KeyRequest
{
    public byte[] Key { get; private set; } = [];

    public byte[] RangeEnd { get; private set; } = [];

    public byte[] Value { get; private set; } = [];

    public long Lease { get; private set; }

    /// <summary>Of a put: the key keeps the lease that it has.</summary>
    public bool IgnoreLease { get; private set; }

    public bool PrevKv { get; private set; }

    public long Limit { get; private set; }

    public long Revision { get; private set; }

    public SortOrder Order { get; private set; }

    public SortTarget Target { get; private set; }

    public bool Serializable { get; private set; }

    public bool KeysOnly { get; private set; }

    public bool CountOnly { get; private set; }

    /// <summary>Of a watch.</summary>
    public long StartRevision { get; private set; }

    public static JsonShape<KeyRequest> Put { get; } = Keyed()
        .Add("value", static (ref r, d, p) => d.Value = JsonValues.Bytes(ref r, p))
        .Add("lease", static (ref r, d, p) => d.Lease = EtcdValues.Number(ref r, p))
        .Add("prev_kv", static (ref r, d, p) => d.PrevKv = JsonValues.Bool(ref r, p), "prevKv")
        .Add("ignore_lease", static (ref r, d, p) => d.IgnoreLease = JsonValues.Bool(ref r, p), "ignoreLease");

    public static JsonShape<KeyRequest> Range { get; } = Ranged()
        .Add("limit", static (ref r, d, p) => d.Limit = EtcdValues.Number(ref r, p))
        .Add("revision", static (ref r, d, p) => d.Revision = EtcdValues.Number(ref r, p))
        .Add("sort_order", static (ref r, d, p) => d.Order = EtcdValues.Enum<SortOrder>(ref r, p), "sortOrder")
        .Add("sort_target", static (ref r, d, p) => d.Target = EtcdValues.Enum<SortTarget>(ref r, p), "sortTarget")
        .Add("serializable", static (ref r, d, p) => d.Serializable = JsonValues.Bool(ref r, p))
        .Add("keys_only", static (ref r, d, p) => d.KeysOnly = JsonValues.Bool(ref r, p), "keysOnly")
        .Add("count_only", static (ref r, d, p) => d.CountOnly = JsonValues.Bool(ref r, p), "countOnly");

    public static JsonShape<KeyRequest> Delete { get; } = Ranged()
        .Add("prev_kv", static (ref r, d, p) => d.PrevKv = JsonValues.Bool(ref r, p), "prevKv");

    public static JsonShape<KeyRequest> Watch { get; } = Ranged()
        .Add("start_revision", static (ref r, d, p) => d.StartRevision = EtcdValues.Number(ref r, p), "startRevision")
        .Add("prev_kv", static (ref r, d, p) => d.PrevKv = JsonValues.Bool(ref r, p), "prevKv")
        .Ignore("progress_notify", "progressNotify", "watch_id", "watchId");

    public KeyRange Keys => KeyRange.Of(Key, RangeEnd);

    private static JsonShape<KeyRequest> Keyed() => new JsonShape<KeyRequest>(() => new KeyRequest())
        .Add("key", static (ref r, d, p) => d.Key = JsonValues.Bytes(ref r, p));

    private static JsonShape<KeyRequest> Ranged() => Keyed()
        .Add("range_end", static (ref r, d, p) => d.RangeEnd = JsonValues.Bytes(ref r, p), "rangeEnd");
}
