using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.Etcd;

/// <summary>Certificates from PEM files, for <see cref="EtcdConnectionOptions"/>.</summary>
/// <param name="TrustedRoots">Null when no file was named.</param>
/// <param name="ClientCertificate">With its key; null when no file was named.</param>
public sealed record EtcdTls(X509Certificate2Collection? TrustedRoots, X509Certificate2? ClientCertificate)
{
    /// <param name="roots">PEM file with one or more certificates, or null.</param>
    /// <param name="certificate">PEM file with the client's certificate, or null; needs <paramref name="key"/>.</param>
    /// <param name="key">PEM file with its key, not encrypted.</param>
    /// <exception cref="EtcdException">A file is missing or is not what it should be; names it.</exception>
    public static EtcdTls Load(string? roots, string? certificate, string? key)
    {
        var trusted = roots is null ? null : Read(roots, () =>
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPemFile(roots);
            return found.Count > 0 ? found : throw new CryptographicException("there is no certificate in it");
        });
        return new EtcdTls(trusted, certificate is null ? null : Read(certificate, () => X509Certificate2.CreateFromPemFile(certificate, key)));
    }

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new EtcdException(EtcdFailure.Denied, $"{file} cannot be used for TLS with etcd: {e.Message}", e);
        }
    }
}
