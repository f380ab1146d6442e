using System.Security.Cryptography;
using Konsul.Mesh.Ca;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>A leaf and its key, made here for a client that cannot make its own.</summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Issued">The certificate.</param>
/// <param name="PrivateKeyPem">SEC 1, as Consul's clients expect.</param>
/// <param name="RenewAt">From when on another is made.</param>
/// <param name="Index">Grows with every renewal.</param>
/// <param name="Signer">The root that it is from, or the one for whose sake its renewal was brought forward.</param>
internal sealed record LeafEntry(
    string Service, IssuedCertificate Issued, string PrivateKeyPem, DateTimeOffset RenewAt, ulong Index, string Signer)
{
    public static string Pem(ECDsa key) => key.ExportECPrivateKeyPem() + "\n";
}
