namespace Konsul.Mesh.State.Kv;

/// <summary>A KV entry as it is held: smaller than the model's record, which is made on reading.</summary>
internal sealed class KvRow(byte[] value, ulong flags, ulong createIndex, ulong modifyIndex)
{
    public readonly byte[] Value = value;
    public readonly ulong Flags = flags;
    public readonly ulong CreateIndex = createIndex;
    public readonly ulong ModifyIndex = modifyIndex;
}
