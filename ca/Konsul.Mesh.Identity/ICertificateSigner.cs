namespace Konsul.Mesh.Identity;

/// <summary>Whoever signs: the control plane, or a test. May be called again after any failure; throws what went wrong.</summary>
public interface ICertificateSigner
{
    /// <param name="csr">PKCS#10, DER; valid only until the returned task ends.</param>
    /// <param name="cancellationToken">Ends the attempt, also by its time limit.</param>
    Task<SignedChain> SignAsync(ReadOnlyMemory<byte> csr, CancellationToken cancellationToken);
}
