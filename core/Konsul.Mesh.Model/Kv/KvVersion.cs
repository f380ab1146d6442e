namespace Konsul.Mesh.Model.Kv;

/// <summary>A value that a key has, or had before.</summary>
/// <param name="Version">Counts the values that the key has had, from 1.</param>
/// <param name="Value">The bytes as they were put.</param>
/// <param name="Flags">The flags put with it.</param>
/// <param name="ModifyIndex">When it was put.</param>
/// <param name="ReplacedIndex">When it was replaced or deleted; 0 for the present value.</param>
public sealed record KvVersion(ulong Version, ReadOnlyMemory<byte> Value, ulong Flags, ulong ModifyIndex, ulong ReplacedIndex);
