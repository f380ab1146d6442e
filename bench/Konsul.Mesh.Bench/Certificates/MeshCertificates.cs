using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Certificates;

/// <summary>A throw-away P-256 certification authority and one leaf for each side of a pair, made with openssl in the run's own folder.</summary>
internal sealed record MeshCertificates(string Folder)
{
    public const string ServerName = "api.bench.internal";
    public const string ClientName = "web.bench.internal";

    public string Authority => Path.Combine(Folder, "ca.pem");

    public string Server => Path.Combine(Folder, $"{ServerName}.pem");

    public string ServerKey => Path.Combine(Folder, $"{ServerName}.key");

    public string Client => Path.Combine(Folder, $"{ClientName}.pem");

    public string ClientKey => Path.Combine(Folder, $"{ClientName}.key");

    public static async Task<MeshCertificates> CreateAsync(string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var made = new MeshCertificates(folder);
        var key = Path.Combine(folder, "ca.key");
        await OpenSslAsync(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=bench root",
            "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", key, "-out", made.Authority], cancel);
        await IssueAsync(made, key, ServerName, cancel);
        await IssueAsync(made, key, ClientName, cancel);
        return made;
    }

    public X509Certificate2 LoadServer() => Reload(X509Certificate2.CreateFromPemFile(Server, ServerKey));

    public X509Certificate2 LoadClient() => Reload(X509Certificate2.CreateFromPemFile(Client, ClientKey));

    // Certificate and key in one file, as HAProxy wants them; every other peer reads the certificate out of the same file.
    private static async Task IssueAsync(MeshCertificates made, string authorityKey, string name, CancellationToken cancel)
    {
        var path = Path.Combine(made.Folder, name);
        var extensions = $"{path}.ext";
        await File.WriteAllTextAsync(extensions, $"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=critical,CA:FALSE\n", cancel);
        await OpenSslAsync(["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", $"/CN={name}",
            "-keyout", $"{path}.key", "-out", $"{path}.csr"], cancel);
        await OpenSslAsync(["x509", "-req", "-in", $"{path}.csr", "-CA", made.Authority, "-CAkey", authorityKey, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", $"{path}.pem"], cancel);
        await File.AppendAllTextAsync($"{path}.pem", await File.ReadAllTextAsync($"{path}.key", cancel), cancel);
    }

    // SslStream on Linux wants a key that is not ephemeral to one handle; a PKCS#12 round trip gives one.
    private static X509Certificate2 Reload(X509Certificate2 certificate)
    {
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }

    private static async Task OpenSslAsync(string[] arguments, CancellationToken cancel)
    {
        var result = await Tool.RunAsync("openssl", arguments, TimeSpan.FromSeconds(20), cancel);
        if (result.ExitCode != 0)
        {
            throw new BenchException($"openssl {arguments[0]} failed: {result.Error.Trim()}");
        }
    }
}
