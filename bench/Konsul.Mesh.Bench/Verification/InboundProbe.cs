using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Bench.Pairs;

namespace Konsul.Mesh.Bench.Verification;

/// <param name="Scheme">The <c>:scheme</c> that was answered.</param>
internal sealed record InboundSight(string Tls, string Protocol, string Scheme, HttpStatusCode Status, byte[] Body);

/// <summary>Asks the mTLS listener directly, as the other proxy would, and reports what was negotiated.</summary>
internal static class InboundProbe
{
    /// <summary>Asks as any client would, with <c>https</c>; a listener that resets that is asked again with <c>http</c>, which some sidecars send.</summary>
    public static async Task<InboundSight> RunAsync(int port, X509Certificate2 certificate, string serverName, string protocol, CancellationToken cancel)
    {
        try
        {
            return await AskAsync("https", port, certificate, serverName, protocol, cancel);
        }
        catch (HttpRequestException e) when (e.InnerException is HttpProtocolException)
        {
            return await AskAsync("http", port, certificate, serverName, protocol, cancel);
        }
    }

    private static async Task<InboundSight> AskAsync(
        string scheme, int port, X509Certificate2 certificate, string serverName, string protocol, CancellationToken cancel)
    {
        var h2 = protocol == "h2";
        SslStream? tls = null;
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            // SocketsHttpHandler takes an SslStream as it is and does no handshake of its own.
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, port, token);
                tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = serverName,
                    ClientCertificates = [certificate],
                    LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
                    ApplicationProtocols = [h2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true, // whom the proxy trusts is looked at, not whom we do
                }, token);
                return tls;
            },
        };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{scheme}://{serverName}:{port}{Body.Small.Path}")
        {
            Version = h2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, cancel);
        var body = await response.Content.ReadAsByteArrayAsync(cancel);
        var negotiated = tls!.NegotiatedApplicationProtocol.ToString();
        return new InboundSight(tls.SslProtocol.ToString(), negotiated.Length == 0 ? "http/1.1" : negotiated, scheme, response.StatusCode, body);
    }
}
