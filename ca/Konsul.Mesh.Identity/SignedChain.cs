using System.Collections.Immutable;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Identity;

/// <param name="Chain">DER: the leaf, then its intermediates.</param>
/// <param name="Bundle">Whom the signer trusts; the chain must lead to one of its roots.</param>
public sealed record SignedChain(ImmutableArray<ReadOnlyMemory<byte>> Chain, TrustBundle Bundle);
