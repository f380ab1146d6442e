using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Konsul.Mesh.Demo;

/// <summary>Dials a sidecar's inbound port from outside the mesh and says what came of it.</summary>
internal static class TlsProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <param name="port">The inbound port of a sidecar.</param>
    /// <param name="certificate">What to present; null presents nothing.</param>
    /// <returns>The negotiated protocol, the peer's certificate, and whether it let us speak.</returns>
    public static async Task<(string Protocol, X509Certificate2? Peer, bool Accepted, string Outcome)> DialAsync(int port, X509Certificate2? certificate)
    {
        using var deadline = new CancellationTokenSource(Timeout);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port, deadline.Token);
        await using var tls = new SslStream(tcp.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "api",
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    ClientCertificates = certificate is null ? null : [certificate],
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                    EnabledSslProtocols = SslProtocols.None,
                },
                deadline.Token);
            await tls.WriteAsync(Request, deadline.Token);
            var buffer = new byte[512];
            var read = await tls.ReadAsync(buffer, deadline.Token);
            var peer = tls.RemoteCertificate is null ? null : X509CertificateLoader.LoadCertificate(tls.RemoteCertificate.GetRawCertData());
            return read > 0
                ? (Name(tls.SslProtocol), peer, true, Encoding.ASCII.GetString(buffer, 0, read).Split("\r\n")[0])
                : (Name(tls.SslProtocol), peer, false, "closed without a byte");
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return ("none", null, false, "closed in the handshake");
        }
    }

    /// <summary>Speaks HTTP without TLS.</summary>
    public static async Task<(bool Accepted, string Outcome)> DialPlainAsync(int port)
    {
        using var deadline = new CancellationTokenSource(Timeout);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port, deadline.Token);
        try
        {
            await tcp.GetStream().WriteAsync(Request, deadline.Token);
            using var answer = new MemoryStream();
            await tcp.GetStream().CopyToAsync(answer, deadline.Token);
            var text = Encoding.Latin1.GetString(answer.ToArray());
            return (text.StartsWith("HTTP/", StringComparison.Ordinal), answer.Length == 0 ? "closed without a byte" : "closed after a TLS alert");
        }
        catch (IOException)
        {
            return (false, "connection reset");
        }
    }

    /// <summary>A certificate that claims the same SPIFFE id but is signed by nobody the mesh knows.</summary>
    public static X509Certificate2 Foreign(string spiffeId)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=web", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(spiffeId));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    /// <summary>The SPIFFE id in a certificate, as OpenSSL prints it.</summary>
    public static string SpiffeIdOf(X509Certificate2 certificate) =>
        certificate.Extensions["2.5.29.17"]?.Format(false).Split(", ").FirstOrDefault(n => n.StartsWith("URI:", StringComparison.Ordinal))?[4..] ?? "no URI";

    private static ReadOnlyMemory<byte> Request => "GET / HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n"u8.ToArray();

    private static string Name(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLS 1.3",
        SslProtocols.Tls12 => "TLS 1.2",
        _ => protocol.ToString(),
    };
}
