using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Verification;

/// <summary>
/// Dials the mTLS listener with <c>openssl s_client</c> and no certificate. In TLS 1.3 the client's own handshake ends before the server
/// has looked for a certificate, so the refusal shows as an alert, a closed connection, or (nginx) as a 400 in place of the answer.
/// </summary>
internal static class RefusalProbe
{
    private const string Http1Request = "GET /small HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n";

    // The connection preface and an empty SETTINGS frame (RFC 9113, 3.4): whoever lets the client in must answer with its own SETTINGS.
    private const string Http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0";

    public static async Task<string> RunAsync(int port, string protocol, TimeSpan deadline, CancellationToken cancel)
    {
        var h2 = protocol == "h2";
        var result = await Tool.RunAsync("openssl", ["s_client", "-connect", $"127.0.0.1:{port}", "-quiet", "-no_ign_eof", "-tls1_3", "-alpn", protocol],
            deadline, cancel, h2 ? Http2Preface : Http1Request);
        var seen = result.Output + result.Error;
        if (h2 ? result.Output.Length > 0 : result.Output.Contains("HTTP/1.1 2", StringComparison.Ordinal))
        {
            throw new BenchException($"the mTLS listener on port {port} answered a client that showed no certificate");
        }

        return seen.Contains("certificate required", StringComparison.Ordinal) ? "refused with the alert certificate_required"
            : seen.Contains("SSL alert number", StringComparison.Ordinal) ? "refused with a TLS alert"
            : seen.Contains("HTTP/1.1 400", StringComparison.Ordinal) ? "refused with status 400 after the handshake"
            : result.ExitCode != -1 ? "connection closed without an answer"
            : throw new BenchException($"the mTLS listener on port {port} neither refused nor answered a client without a certificate: {seen.Trim()}");
    }
}
