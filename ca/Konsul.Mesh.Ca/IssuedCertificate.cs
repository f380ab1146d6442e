using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Ca;

/// <summary>A leaf as issued; <see cref="SerialNumber"/>, <see cref="Id"/> and <see cref="NotAfter"/> are what an audit log needs.</summary>
public sealed record IssuedCertificate
{
    public required SpiffeId Id { get; init; }

    /// <summary>Hex with colons, as Consul shows it.</summary>
    public required string SerialNumber { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>DER: the leaf, then its intermediates; never the root.</summary>
    public required ImmutableArray<ReadOnlyMemory<byte>> Chain { get; init; }

    public ReadOnlyMemory<byte> Leaf => Chain[0];

    /// <summary>The chain in PEM, leaf first.</summary>
    public string ToPem() => string.Concat(Chain.Select(der => CertificateText.Pem(der.Span)));

    /// <summary>The leaf joined with its key; the key stays the caller's to dispose.</summary>
    public X509Certificate2 WithKey(ECDsa key)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(Leaf.Span);
        return leaf.CopyWithPrivateKey(key);
    }
}
