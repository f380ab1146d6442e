using System.Text.Json.Serialization;

namespace Konsul.Mesh.State.Authority;

public sealed record CaRoot
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>DER.</summary>
    public required ReadOnlyMemory<byte> Certificate { get; init; }

    /// <summary>The private key, encrypted by its owner; empty when it is kept elsewhere.</summary>
    public ReadOnlyMemory<byte> SealedKey { get; init; }

    /// <summary>Exactly one root signs.</summary>
    public required bool Active { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When another root took its place; null for one that signs or will.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? RotatedOutAt { get; init; }

    /// <summary>When it may be removed: no leaf that it signed is valid then. Set together with <see cref="RotatedOutAt"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? TrustedUntil { get; init; }

    /// <summary>The longest life of leaves that it has signed, as far as the configuration changed that; null: as the servers' options say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TimeSpan? LongestLeaf { get; init; }

    /// <summary>Null for a first root, one published without, and from when the issuer is removed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CrossSignature? CrossSigned { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
