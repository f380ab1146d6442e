using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Wire.V1;
using TrustBundle = Konsul.Mesh.Model.Identity.TrustBundle;

namespace Konsul.Mesh.Identity;

/// <summary>Asks the control plane to sign.</summary>
/// <param name="client">Any channel; the server proves itself there, if it does.</param>
/// <param name="proxyId">The caller's id in the catalog: what the certificate's id is derived from.</param>
/// <param name="node">The node it runs on.</param>
/// <param name="headers">Sent with every call, such as a token.</param>
public sealed class GrpcCertificateSigner(Certificates.CertificatesClient client, string proxyId, string node, Metadata? headers = null)
    : ICertificateSigner
{
    public async Task<SignedChain> SignAsync(ReadOnlyMemory<byte> csr, CancellationToken cancellationToken)
    {
        var request = new SignRequest { Csr = ByteString.CopyFrom(csr.Span), ProxyId = proxyId, Node = node };
        using var call = client.SignAsync(request, new CallOptions(headers, cancellationToken: cancellationToken));
        var response = await call.ResponseAsync.ConfigureAwait(false);
        return TrustDomain.TryParse(response.TrustDomain, out var domain)
            ? new SignedChain(Copy(response.Chain), new TrustBundle(domain, Copy(response.Roots)))
            : throw new InvalidDataException($"The signer's trust domain \"{response.TrustDomain}\" is not one.");
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> Copy(RepeatedField<ByteString> certificates) => [.. certificates.Select(c => c.Memory)];
}
