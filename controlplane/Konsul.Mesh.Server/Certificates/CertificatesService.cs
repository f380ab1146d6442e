using Google.Protobuf;
using Grpc.Core;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>The gRPC service <c>konsul.mesh.v1.Certificates</c>: a key made in the proxy, a request in, a chain out.</summary>
internal sealed class CertificatesService(LeafIssuer issuer, CallerIdentity callers) : Wire.V1.Certificates.CertificatesBase
{
    public override Task<SignResponse> Sign(SignRequest request, ServerCallContext context)
    {
        var requester = $"{JsonValues.Shown(request.ProxyId)} at {context.Peer}";
        string service;
        try
        {
            service = callers.Authorize(context, request.ProxyId, request.Node);
        }
        catch (RpcException e)
        {
            issuer.Refused(e.StatusCode.ToString(), requester, e.Status.Detail);
            throw;
        }

        var result = issuer.TrySign(request.Csr.Memory, issuer.IdOf(service), requester) ??
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "Too many certificates are being signed; try again later."));
        if (result.Certificate is not { } issued)
            throw new RpcException(new Status(StatusOf(result.Refusal), result.Reason));

        var response = new SignResponse { TrustDomain = issuer.Authority.TrustDomain.Name };
        response.Chain.AddRange(issued.Chain.Select(der => ByteString.CopyFrom(der.Span)));
        response.Roots.AddRange(Roots());
        return Task.FromResult(response);
    }

    public override Task<TrustBundleResponse> GetTrustBundle(TrustBundleRequest request, ServerCallContext context)
    {
        var response = new TrustBundleResponse { TrustDomain = issuer.Authority.TrustDomain.Name };
        response.Roots.AddRange(Roots());
        return Task.FromResult(response);
    }

    private IEnumerable<ByteString> Roots() => issuer.Bundle.Roots.Select(der => ByteString.CopyFrom(der.Span));

    private static StatusCode StatusOf(SigningRefusal refusal) => refusal switch
    {
        SigningRefusal.OtherId or SigningRefusal.ForeignTrustDomain => StatusCode.PermissionDenied,
        SigningRefusal.IssuerNotValid => StatusCode.FailedPrecondition,
        _ => StatusCode.InvalidArgument,
    };
}
