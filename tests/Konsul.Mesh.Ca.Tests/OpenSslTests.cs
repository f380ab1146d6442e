using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Ca.Tests;

/// <summary>What an independent implementation thinks of our certificates.</summary>
public sealed class OpenSslTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("konsul-ca-").FullName;
    private readonly CertFactory _certs = new();

    [Fact]
    public async Task Verify_Leaf_IsAcceptedStrictlyForBothRoles()
    {
        var (root, leaf) = await WriteAsync(_certs);

        Assert.Contains("OK", await OpenSslAsync("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root, leaf), StringComparison.Ordinal);
        Assert.Contains("OK", await OpenSslAsync("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", root, leaf), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_UnderAnImpostor_IsRefused()
    {
        using var impostor = _certs.Impostor();
        var (_, leaf) = await WriteAsync(_certs);
        var (root, _) = await WriteAsync(impostor);

        Assert.Contains("verification failed", await OpenSslAsync("verify", "-CAfile", root, leaf), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_Leaf_ShowsWhatSpiffeAsksFor()
    {
        var (_, leaf) = await WriteAsync(_certs);

        var text = await OpenSslAsync("x509", "-noout", "-text", "-in", leaf);

        Assert.Contains("X509v3 Subject Alternative Name: critical", text, StringComparison.Ordinal);
        Assert.Contains($"URI:{_certs.Id("web")}, DNS:web.local, IP Address:127.0.0.1", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Key Usage: critical\n                Digital Signature\n", text, StringComparison.Ordinal);
        Assert.Contains("TLS Web Server Authentication, TLS Web Client Authentication", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Basic Constraints: critical\n                CA:FALSE", text, StringComparison.Ordinal);
        Assert.Contains("CN = Konsul CA Root Cert", text, StringComparison.Ordinal);
        Assert.Contains("Subject: \n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("(Negative)", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_Root_ShowsTheTrustDomainWithoutAPath()
    {
        var (root, _) = await WriteAsync(_certs);

        var text = await OpenSslAsync("x509", "-noout", "-text", "-in", root);

        Assert.Contains($"URI:spiffe://{_certs.TrustDomain}\n", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Basic Constraints: critical\n                CA:TRUE", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("named_curve", SigningRefusal.None)]
    [InlineData("explicit", SigningRefusal.KeyNotAllowed)]
    public async Task Sign_RequestMadeByOpenSsl_NeedsANamedCurve(string encoding, SigningRefusal refusal)
    {
        var (key, csr) = (Path.Combine(_directory, "key.pem"), Path.Combine(_directory, "csr.der"));
        await OpenSslAsync(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", $"ec_param_enc:{encoding}", "-nodes",
            "-subj", "/CN=web", "-addext", $"subjectAltName=URI:{_certs.Id("web")}", "-outform", "DER", "-keyout", key, "-out", csr);

        var result = _certs.Authority.Sign(await File.ReadAllBytesAsync(csr), _certs.Id("web"), LeafPolicy.Default, TimeProvider.System.GetUtcNow());

        Assert.Equal(refusal, result.Refusal);
    }

    public void Dispose()
    {
        _certs.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<(string Root, string Leaf)> WriteAsync(CertFactory certs)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var policy = new LeafPolicy { DnsNames = ["web.local"], Addresses = [IPAddress.Loopback] };
        var issued = certs.Authority.Sign(key, certs.Id("web"), policy, TimeProvider.System.GetUtcNow()).Certificate!;
        var (root, leaf) = (Path.Combine(_directory, Path.GetRandomFileName()), Path.Combine(_directory, Path.GetRandomFileName()));
        await File.WriteAllTextAsync(root, RootDescription.FromDer(certs.Authority.Root.Certificate.Span).Pem);
        await File.WriteAllTextAsync(leaf, issued.ToPem());
        return (root, leaf);
    }

    private static async Task<string> OpenSslAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return await output + await error;
    }
}
