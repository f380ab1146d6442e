using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Identity;

/// <summary>The roots that vouch for one trust domain. An empty bundle trusts nothing.</summary>
/// <param name="TrustDomain">The domain these roots may vouch for; an id of another domain is refused even if its chain builds.</param>
/// <param name="Roots">DER of each root certificate, the active one first.</param>
public sealed record TrustBundle(TrustDomain TrustDomain, ImmutableArray<ReadOnlyMemory<byte>> Roots)
{
    public static TrustBundle Empty { get; } = new(default, []);
}
