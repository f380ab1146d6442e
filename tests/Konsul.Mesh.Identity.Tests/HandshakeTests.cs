using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Identity.Tests;

/// <summary>Real TLS between two identities, each end deciding by <see cref="SvidVerifier"/> alone.</summary>
public sealed class HandshakeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Tls_IdentitiesOfOneDomain_KnowEachOther()
    {
        using var certs = new CertFactory();

        var (client, server) = await HandshakeAsync(certs.Identity("web"), certs.Identity("api"));

        Assert.Equal(certs.Id("api"), client.Peer.Id);
        Assert.Equal(certs.Id("web"), server.Peer.Id);
        Assert.Equal((null, null), (client.Error, server.Error));
    }

    [Fact]
    public async Task Tls_LeafOfAnIntermediate_IsAccepted()
    {
        using var certs = new CertFactory();
        var intermediate = certs.Intermediate();
        var leaf = certs.Leaf(new LeafShape { Uris = [certs.Id("web").ToString()] }, intermediate);
        var identity = new WorkloadIdentity(
            certs.Id("web"), leaf, SslStreamCertificateContext.Create(leaf, [intermediate], offline: true), certs.Bundle);

        var (_, server) = await HandshakeAsync(identity, certs.Identity("api"));

        Assert.Equal(certs.Id("web"), server.Peer.Id);
    }

    [Fact]
    public async Task Tls_ImpostorAsClient_IsRefused()
    {
        using var certs = new CertFactory();
        using var impostor = certs.Impostor();

        var (_, server) = await HandshakeAsync(impostor.Identity(impostor.Id("web"), impostor.Leaf(impostor.Id("web")), certs.Bundle), certs.Identity("api"));

        Assert.Equal(SvidRefusal.Untrusted, server.Peer.Refusal);
        Assert.IsType<AuthenticationException>(server.Error);
    }

    [Fact]
    public async Task Tls_ExpiredServer_IsRefused()
    {
        using var certs = new CertFactory();

        var (client, _) = await HandshakeAsync(certs.Identity("web"), certs.Identity(certs.Id("api"), certs.ExpiredLeaf(certs.Id("api"))));

        Assert.Equal(SvidRefusal.Expired, client.Peer.Refusal);
        Assert.IsType<AuthenticationException>(client.Error);
    }

    private static async Task<(End Client, End Server)> HandshakeAsync(WorkloadIdentity client, WorkloadIdentity server)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var outbound = new TcpClient();
        await outbound.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var inbound = await listener.AcceptTcpClientAsync().WaitAsync(Patience);
        var (clientEnd, serverEnd) = (new End(client, SvidUsage.Server), new End(server, SvidUsage.Client));

        var accepting = serverEnd.RunAsync(inbound, tls => tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = server.Handshake,
            ClientCertificateRequired = true,
            AllowTlsResume = false,
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = serverEnd.Validate,
        }));
        var dialling = clientEnd.RunAsync(outbound, tls => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "api.default.dc1.internal",
            ClientCertificateContext = client.Handshake,
            AllowTlsResume = false,
            EnabledSslProtocols = SslProtocols.Tls13,
            RemoteCertificateValidationCallback = clientEnd.Validate,
        }));
        await Task.WhenAll(accepting, dialling).WaitAsync(Patience);
        return (clientEnd, serverEnd);
    }

    private sealed class End(WorkloadIdentity identity, SvidUsage peerUsage)
    {
        public SvidResult Peer { get; private set; }

        public Exception? Error { get; private set; }

        public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            Peer = SvidVerifier.For(identity.Bundle).Verify(
                certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, TimeProvider.System.GetUtcNow(), peerUsage);
            return Peer.Accepted;
        }

        /// <summary>One byte each way follows the handshake: in TLS 1.3 a client learns of a refusal only when it reads.</summary>
        public async Task RunAsync(TcpClient connection, Func<SslStream, Task> authenticate)
        {
            await using var tls = new SslStream(connection.GetStream());
            try
            {
                await authenticate(tls);
                await tls.WriteAsync(new byte[1]);
                await tls.ReadExactlyAsync(new byte[1]);
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                Error = e;
                connection.Close();
            }
        }
    }
}
