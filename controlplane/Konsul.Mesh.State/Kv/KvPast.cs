namespace Konsul.Mesh.State.Kv;

/// <summary>A value that was replaced or deleted.</summary>
internal sealed class KvPast(ulong version, byte[] value, ulong flags, ulong modifyIndex, ulong replacedIndex)
{
    public readonly ulong Version = version;
    public readonly byte[] Value = value;
    public readonly ulong Flags = flags;
    public readonly ulong ModifyIndex = modifyIndex;
    public readonly ulong ReplacedIndex = replacedIndex;

    /// <summary>Its share of the digest once that was counted: it is counted again when its neighbours change, and it never does.</summary>
    public UInt128? Digest { get; set; }
}
