using Grpc.Core;
using Konsul.Mesh.Identity;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Proxy.Control;

/// <summary>Asks the preferred server to sign, once the sidecar is registered: before that, there is nobody to sign for.</summary>
internal sealed class GatedSigner(ServerPool servers, Task registered, ProxyNode node) : ICertificateSigner
{
    public async Task<SignedChain> SignAsync(ReadOnlyMemory<byte> csr, CancellationToken cancellationToken)
    {
        await registered.WaitAsync(cancellationToken);
        var server = servers.Preferred;
        var client = new Certificates.CertificatesClient(servers.Dial(server));
        try
        {
            return await new GrpcCertificateSigner(client, node.ProxyId, node.Node, servers.Headers).SignAsync(csr, cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode is not (StatusCode.InvalidArgument or StatusCode.PermissionDenied or StatusCode.NotFound))
        {
            // A server that is away, or signs too many already: the next attempt goes elsewhere. A refusal would be the same there.
            servers.Avoid(server);
            throw;
        }
    }
}
