using Konsul.Mesh.Model.Kv;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.EtcdGateway;

/// <summary>One condition of a transaction. A key that is not there has zero of everything, and compares with no value.</summary>
internal sealed class Compare
{
    private byte[] _key = [];

    public CompareTarget Target { get; private set; }

    public CompareResult Result { get; private set; }

    public long Number { get; private set; }

    public byte[] Value { get; private set; } = [];

    public string Key => KeyRange.Of(_key, []).Start;

    public static JsonShape<Compare> Shape { get; } = new JsonShape<Compare>(() => new Compare())
        .Add("key", static (ref r, d, p) => d._key = JsonValues.Bytes(ref r, p))
        .Add("target", static (ref r, d, p) => d.Target = EtcdValues.Enum<CompareTarget>(ref r, p))
        .Add("result", static (ref r, d, p) => d.Result = EtcdValues.Enum<CompareResult>(ref r, p))
        .Add("version", static (ref r, d, p) => d.Number = EtcdValues.Number(ref r, p))
        .Add("create_revision", static (ref r, d, p) => d.Number = EtcdValues.Number(ref r, p), "createRevision")
        .Add("mod_revision", static (ref r, d, p) => d.Number = EtcdValues.Number(ref r, p), "modRevision")
        .Add("lease", static (ref r, d, p) => d.Number = EtcdValues.Number(ref r, p))
        .Add("value", static (ref r, d, p) => d.Value = JsonValues.Bytes(ref r, p));

    public bool Holds(KvEntry? entry)
    {
        if (Target == CompareTarget.Value && entry is null)
            return false;
        var order = Target switch
        {
            CompareTarget.Value => entry!.Value.Span.SequenceCompareTo(Value),
            CompareTarget.Version => ((long)(entry?.Version ?? 0)).CompareTo(Number),
            CompareTarget.Create => ((long)(entry?.CreateIndex ?? 0)).CompareTo(Number),
            CompareTarget.Mod => ((long)(entry?.ModifyIndex ?? 0)).CompareTo(Number),
            _ => LeaseId.Of(entry?.Session ?? "").CompareTo(Number),
        };
        return Result switch
        {
            CompareResult.Equal => order == 0,
            CompareResult.Greater => order > 0,
            CompareResult.Less => order < 0,
            _ => order != 0,
        };
    }
}
