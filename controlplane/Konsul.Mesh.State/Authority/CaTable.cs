using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.State.Authority;

/// <param name="ClusterId">Names the trust domain; never changes.</param>
/// <param name="Roots">The active one first.</param>
/// <param name="Index">When the roots last changed.</param>
public sealed record CaTable(Guid ClusterId, ImmutableArray<CaRoot> Roots, ulong Index)
{
    public CaRoot Active => Roots[0];

    /// <summary>Null until an operator sets it. Absent fields are not written, so that a table from before they were reads and counts the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CaConfig? Config { get; init; }

    /// <summary>Null while no root waits for its activation.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CaRotation? Rotation { get; init; }

    /// <summary>When anything here last changed: what a command compares.</summary>
    public ulong Revision => Math.Max(Index, Config?.ModifyIndex ?? 0);
}
