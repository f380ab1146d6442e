using System.Net;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Verification;

/// <summary>Proves, before anything is measured, that a pair does what the others do. What fails here must not appear in a table.</summary>
internal sealed class PairVerifier(TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    /// <summary>The findings, one line each.</summary>
    public async Task<IReadOnlyList<string>> VerifyAsync(ProxyPair pair, X509CertificateSource serverCertificates, CancellationToken cancel)
    {
        await BodiesAsync(pair, cancel);
        var findings = new List<string> { "answers both bodies, byte for byte" };
        findings.Add(await InboundAsync(pair, cancel));
        findings.Add($"without a certificate: {await RefusalProbe.RunAsync(pair.InboundPort, pair.HopProtocol, Deadline, cancel)}");
        findings.Add(await OutboundAsync(pair, serverCertificates, cancel));
        return findings;
    }

    private async Task BodiesAsync(ProxyPair pair, CancellationToken cancel)
    {
        foreach (var body in new[] { Body.Small, Body.Large })
        {
            await Http.WaitForAsync(pair.Outbound, pair.Address(body), Deadline, time, cancel);
            var bytes = await Http.Client.GetByteArrayAsync(pair.Address(body), cancel);
            if (!bytes.AsSpan().SequenceEqual(body.Bytes))
            {
                throw new BenchException($"{pair.Name}: {body.Path} came back as {bytes.Length} bytes that are not the app's {body.Bytes.Length}");
            }
        }
    }

    private static async Task<string> InboundAsync(ProxyPair pair, CancellationToken cancel)
    {
        if (await pair.GoodClientAsync(cancel) is not { } client)
        {
            return "inbound with a certificate: not asked, no leaf with its key can be had";
        }

        using (client.Certificate)
        {
            var seen = await InboundProbe.RunAsync(pair.InboundPort, client.Certificate, client.ServerName, pair.HopProtocol, cancel);
            if (seen.Protocol != pair.HopProtocol || seen.Tls != "Tls13" || seen.Status != HttpStatusCode.OK || !seen.Body.AsSpan().SequenceEqual(Body.Small.Bytes))
            {
                throw new BenchException($"{pair.Name}: inbound, asked for {pair.HopProtocol} with a good certificate, gave {seen.Tls} {seen.Protocol} {(int)seen.Status}");
            }

            return $"inbound with a certificate: TLS 1.3, {seen.Protocol}, 200 and the app's body{(seen.Scheme == "https" ? "" : " (resets :scheme https, answers :scheme http)")}";
        }
    }

    private async Task<string> OutboundAsync(ProxyPair pair, X509CertificateSource serverCertificates, CancellationToken cancel)
    {
        using var certificate = serverCertificates();
        await using var probe = new OutboundProbe(certificate, pair.HopProtocol);
        if (pair.StartOutboundTo(probe.Port) is not { } copy)
        {
            return "outbound's handshake: not looked at, the address it dials comes from the control plane";
        }

        await using (copy.Process)
        {
            var seen = await probe.SeeAsync(copy.Process, new Uri($"http://127.0.0.1:{copy.Port}/small"), Deadline, time, cancel);
            var protocol = seen.Protocol.Length == 0 ? "http/1.1" : seen.Protocol;
            if (seen.Tls != "Tls13" || protocol != pair.HopProtocol || seen.ClientSubject is null)
            {
                throw new BenchException($"{pair.Name}: outbound spoke {seen.Tls} {protocol}, certificate {seen.ClientSubject ?? "none"}");
            }

            return $"outbound: TLS 1.3, {protocol}, shows {seen.ClientSubject}";
        }
    }
}
