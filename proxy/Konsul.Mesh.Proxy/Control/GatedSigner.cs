using Konsul.Mesh.Identity;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Proxy.Control;

/// <summary>Asks the preferred server to sign, once the sidecar is registered: before that, there is nobody to sign for.</summary>
internal sealed class GatedSigner(ServerPool servers, Task registered, ProxyNode node) : ICertificateSigner
{
    public async Task<SignedChain> SignAsync(ReadOnlyMemory<byte> csr, CancellationToken cancellationToken)
    {
        await registered.WaitAsync(cancellationToken);
        var client = new Certificates.CertificatesClient(servers.Dial(servers.Preferred));
        return await new GrpcCertificateSigner(client, node.ProxyId, node.Node, servers.Headers).SignAsync(csr, cancellationToken);
    }
}
