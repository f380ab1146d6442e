using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Server.Http;

/// <summary>Finds the route of a raw path as Go's mux does: an exact pattern first, else the longest pattern that ends in a slash.</summary>
internal sealed class ApiRouter
{
    private readonly FrozenDictionary<string, ApiRoute> _routes;
    private readonly int _longest;

    public ApiRouter(IEnumerable<ApiRoute> routes)
    {
        _routes = routes.ToFrozenDictionary(r => r.Pattern, StringComparer.Ordinal);
        _longest = _routes.Keys.Max(p => p.Length);
    }

    public IEnumerable<ApiRoute> Routes => _routes.Values;

    /// <param name="path">Clean and still encoded.</param>
    /// <param name="route">The route found.</param>
    /// <param name="rest">What follows a prefix, still encoded; empty for an exact route.</param>
    public bool TryMatch(string path, [NotNullWhen(true)] out ApiRoute? route, out string rest)
    {
        rest = "";
        if (_routes.TryGetValue(path, out route))
            return true;

        var lookup = _routes.GetAlternateLookup<ReadOnlySpan<char>>();
        // Nothing longer than the longest pattern can match, so a path of thousands of slashes costs no more than a short one.
        for (var slash = path.LastIndexOf('/', Math.Min(path.Length, _longest) - 1); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (lookup.TryGetValue(path.AsSpan(0, slash + 1), out route))
            {
                rest = path[(slash + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>A path that exists only with its trailing slash; Go's mux answers it with a redirect.</summary>
    public bool WantsSlash(string path) => _routes.ContainsKey($"{path}/");
}
