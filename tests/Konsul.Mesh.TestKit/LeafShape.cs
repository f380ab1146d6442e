using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Konsul.Mesh.TestKit;

/// <summary>Every property of a leaf that a test may want wrong; the defaults are right, save that there are no names.</summary>
public sealed record LeafShape
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    public string Subject { get; init; } = "";

    public ImmutableArray<string> Uris { get; init; } = [];

    public ImmutableArray<string> DnsNames { get; init; } = [];

    /// <summary>The subjectAltName extension's bytes as they are, instead of those made of <see cref="Uris"/> and <see cref="DnsNames"/>.</summary>
    public byte[]? RawNames { get; init; }

    public bool IsAuthority { get; init; }

    /// <summary>Null leaves the extension out.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; } = X509KeyUsageFlags.DigitalSignature;

    /// <summary>Empty leaves the extension out.</summary>
    public ImmutableArray<string> ExtendedKeyUsages { get; init; } = [ServerAuthentication, ClientAuthentication];

    /// <summary>Added as they are; each replaces one of the same kind that the other properties made.</summary>
    public ImmutableArray<X509Extension> Extensions { get; init; } = [];

    /// <summary>Default: a minute ago.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Default: in an hour.</summary>
    public DateTimeOffset? NotAfter { get; init; }
}
