namespace Konsul.Mesh.State.Authority;

/// <param name="IssuerId">The root that vouches.</param>
/// <param name="Certificate">DER: the name and key of the root that this belongs to, certified by the issuer.</param>
public sealed record CrossSignature(string IssuerId, ReadOnlyMemory<byte> Certificate);
