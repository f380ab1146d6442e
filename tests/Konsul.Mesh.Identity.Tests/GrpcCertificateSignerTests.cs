using Google.Protobuf;
using Grpc.Core;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Identity.Tests;

public sealed class GrpcCertificateSignerTests
{
    private static readonly byte[] Request = [1, 2, 3];

    [Fact]
    public async Task SignAsync_Answer_IsMapped()
    {
        var client = new FakeClient(new SignResponse
        {
            Chain = { ByteString.CopyFrom(10), ByteString.CopyFrom(11) },
            TrustDomain = "a.konsul",
            Roots = { ByteString.CopyFrom(20) },
        });

        var signed = await new GrpcCertificateSigner(client, "web-sidecar", "node-1", new Metadata { { "x-consul-token", "t" } })
            .SignAsync(Request, CancellationToken.None);

        Assert.Equal(("web-sidecar", "node-1"), (client.Request!.ProxyId, client.Request.Node));
        Assert.Equal(Request, client.Request.Csr.ToByteArray());
        Assert.Equal("t", client.Options.Headers!.Get("x-consul-token")!.Value);
        Assert.Equal([[10], [11]], signed.Chain.Select(c => c.ToArray()));
        Assert.Equal(Model.Identity.TrustDomain.Parse("a.konsul"), signed.Bundle.TrustDomain);
        Assert.Equal([20], Assert.Single(signed.Bundle.Roots).ToArray());
    }

    [Fact]
    public async Task SignAsync_NoTrustDomain_Throws()
    {
        var signer = new GrpcCertificateSigner(new FakeClient(new SignResponse { TrustDomain = "A B" }), "web-sidecar", "node-1");

        await Assert.ThrowsAsync<InvalidDataException>(() => signer.SignAsync(Request, CancellationToken.None));
    }

    [Fact]
    public async Task SignAsync_Refused_ThrowsTheStatus()
    {
        var signer = new GrpcCertificateSigner(new FakeClient(new RpcException(new Status(StatusCode.NotFound, "not registered"))), "x", "node-1");

        var refusal = await Assert.ThrowsAsync<RpcException>(() => signer.SignAsync(Request, CancellationToken.None));

        Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
    }

    private sealed class FakeClient : Certificates.CertificatesClient
    {
        private readonly Task<SignResponse> _answer;

        public FakeClient(SignResponse answer) => _answer = Task.FromResult(answer);

        public FakeClient(RpcException refusal) => _answer = Task.FromException<SignResponse>(refusal);

        public SignRequest? Request { get; private set; }

        public CallOptions Options { get; private set; }

        public override AsyncUnaryCall<SignResponse> SignAsync(SignRequest request, CallOptions options)
        {
            (Request, Options) = (request, options);
            return new AsyncUnaryCall<SignResponse>(_answer, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }
    }
}
