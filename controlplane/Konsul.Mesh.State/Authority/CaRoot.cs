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

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
