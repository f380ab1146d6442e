using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.State.Commands;

public sealed record SetCaConfig : Command
{
    public required CaConfig Config { get; init; }

    /// <summary>The life of leaves that was in force before, by the issuer's options where the state does not say.</summary>
    public required TimeSpan LeafCertTtlBefore { get; init; }

    /// <summary>The CA's revision that the issuer read.</summary>
    public required ulong Cas { get; init; }
}
