using System.Collections.Immutable;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>TTLs by service: the exact name, else the longest prefix with a star, else 0.</summary>
internal sealed class ServiceTtls
{
    private readonly Dictionary<string, TimeSpan> _exact = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Prefix, TimeSpan Ttl)> _prefixes = [];

    public ServiceTtls(ImmutableDictionary<string, TimeSpan> ttls)
    {
        foreach (var (pattern, ttl) in ttls)
        {
            if (pattern.EndsWith('*'))
                _prefixes.Add((pattern[..^1], ttl));
            else
                _exact[pattern] = ttl;
        }

        _prefixes.Sort((a, b) => b.Prefix.Length.CompareTo(a.Prefix.Length));
    }

    public TimeSpan Of(string service)
    {
        if (_exact.TryGetValue(service, out var exact))
            return exact;
        foreach (var (prefix, ttl) in _prefixes)
        {
            if (service.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return ttl;
        }

        return TimeSpan.Zero;
    }
}
