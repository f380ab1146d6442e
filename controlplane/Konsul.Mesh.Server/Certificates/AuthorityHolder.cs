using Konsul.Mesh.Ca;
using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>The CA once it is open: it is in the replicated state, so a server has none before it has that.</summary>
internal sealed class AuthorityHolder : IDisposable
{
    private volatile CertificateAuthority? _authority;

    public bool IsOpen => _authority is not null;

    /// <exception cref="ApiException">Not open yet.</exception>
    public CertificateAuthority Authority =>
        _authority ?? throw ApiException.Failed("CA is uninitialized and unable to sign certificates yet: no root certificate");

    public void Open(CertificateAuthority authority) => _authority = authority;

    public void Dispose() => _authority?.Dispose();
}
