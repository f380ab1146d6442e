using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;

namespace Konsul.Mesh.Proxy.Control;

/// <summary>The connections to one server, HTTP/2 over TLS; gRPC and HTTP API share them.</summary>
internal sealed class ServerLink : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly GrpcChannel _channel;

    /// <param name="address">host:port</param>
    /// <param name="validate">Decides about the server's certificate, alone.</param>
    /// <param name="leaf">The own certificate, asked for at every handshake; null: none is shown.</param>
    public ServerLink(string address, RemoteCertificateValidationCallback validate, Func<X509Certificate2?>? leaf = null)
    {
        Address = address;
        var handler = GrpcChannel.CreateDefaultHandler();
        handler.ConnectTimeout = TimeSpan.FromSeconds(5);
        handler.SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = validate,
            LocalCertificateSelectionCallback = leaf is null ? null : (_, _, _, _, _) => leaf()!,
        };
        _http = new HttpMessageInvoker(handler);
        _channel = GrpcChannel.ForAddress($"https://{address}", new GrpcChannelOptions { HttpHandler = handler });
        Invoker = _channel.CreateCallInvoker();
    }

    public string Address { get; }

    public CallInvoker Invoker { get; }

    /// <param name="request">Its address is replaced by this server's and <paramref name="rawTarget"/>.</param>
    /// <param name="rawTarget">Path and query exactly as they are to arrive: '%2F' stays what it is.</param>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string rawTarget, CancellationToken cancellation)
    {
        request.RequestUri = new Uri(
            $"https://{Address}{rawTarget}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        request.Version = System.Net.HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return _http.SendAsync(request, cancellation);
    }

    public void Dispose()
    {
        _channel.Dispose();
        _http.Dispose();
    }
}
