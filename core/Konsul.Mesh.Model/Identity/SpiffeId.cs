using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Model.Identity;

/// <summary>
/// A SPIFFE id. Workloads are <c>spiffe://&lt;trust-domain&gt;/ns/&lt;namespace&gt;/dc/&lt;dc&gt;/svc/&lt;service&gt;</c>, servers
/// <c>spiffe://&lt;trust-domain&gt;/agent/server/dc/&lt;dc&gt;</c>. Scheme and trust domain compare without case, the path with case
/// (SPIFFE-ID sections 2 and 4); parsing refuses everything that the standard does: empty, "." and ".." segments, percent signs,
/// query, fragment, port, user, a trailing slash, more than 2048 bytes.
/// </summary>
public sealed record SpiffeId
{
    public const int MaxLength = 2048;
    private const string Scheme = "spiffe://";

    private SpiffeId(TrustDomain trustDomain, string path)
    {
        TrustDomain = trustDomain;
        Path = path;
        var parts = path.Split('/');
        if (parts is ["", "ns", var ns, "dc", var dc, "svc", var service])
        {
            (Namespace, Datacenter, Service) = (ns, dc, service);
        }
        else if (parts is ["", "agent", "server", "dc", var serverDc])
        {
            Datacenter = serverDc;
        }
    }

    public TrustDomain TrustDomain { get; }

    /// <summary>The path with its leading slash; never empty.</summary>
    public string Path { get; }

    /// <summary>The namespace, datacenter and service of a workload id; null in ids of another form.</summary>
    public string? Namespace { get; }

    public string? Datacenter { get; }

    public string? Service { get; }

    public bool IsServer => Service is null && Datacenter is not null;

    public static SpiffeId ForService(TrustDomain trustDomain, string ns, string datacenter, string service) =>
        new(trustDomain, $"/ns/{Segment(ns)}/dc/{Segment(datacenter)}/svc/{Segment(service)}");

    public static SpiffeId ForServer(TrustDomain trustDomain, string datacenter) => new(trustDomain, $"/agent/server/dc/{Segment(datacenter)}");

    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SpiffeId? id)
    {
        id = null;
        if (text is null || text.Length > MaxLength || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || !TrustDomain.TryParse(rest[..slash].ToLowerInvariant(), out var domain) || !IsPath(rest[slash..]))
        {
            return false;
        }

        id = new SpiffeId(domain, rest[slash..]);
        return true;
    }

    public static SpiffeId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"\"{text}\" is not a SPIFFE id.");

    public bool Equals(SpiffeId? other) =>
        other is not null && TrustDomain == other.TrustDomain && string.Equals(Path, other.Path, StringComparison.Ordinal);

    public override int GetHashCode() => HashCode.Combine(TrustDomain, Path);

    public override string ToString() => $"{Scheme}{TrustDomain}{Path}";

    private static string Segment(string text) =>
        IsSegment(text) ? text : throw new FormatException($"\"{text}\" is not a path segment of a SPIFFE id.");

    private static bool IsPath(string path) => path.Split('/') is ["", .. { Length: > 0 } segments] && segments.All(IsSegment);

    private static bool IsSegment(string segment) => segment is not ("" or "." or "..") && segment.All(IsSegmentCharacter);

    private static bool IsSegmentCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_';
}
