namespace Konsul.Mesh.State.Kv;

/// <summary>A KV entry as it is held: smaller than the model's record, which is made on reading.</summary>
/// <param name="value">The bytes; nobody changes them.</param>
/// <param name="flags">The client's number.</param>
/// <param name="createIndex">When the key came to be.</param>
/// <param name="modifyIndex">Its last change.</param>
/// <param name="version">Counts the values, from 1.</param>
/// <param name="hold">Null for a key that has neither lock nor life.</param>
internal sealed class KvRow(byte[] value, ulong flags, ulong createIndex, ulong modifyIndex, ulong version = 1, KvHold? hold = null)
{
    public readonly byte[] Value = value;
    public readonly ulong Flags = flags;
    public readonly ulong CreateIndex = createIndex;
    public readonly ulong ModifyIndex = modifyIndex;
    public readonly ulong Version = version;
    public readonly KvHold? Hold = hold;

    /// <summary>Whether the first form of a snapshot's record holds all of it.</summary>
    public bool IsPlain => Version == 1 && Hold is null;

    public string Session => Hold?.Session ?? "";
}
