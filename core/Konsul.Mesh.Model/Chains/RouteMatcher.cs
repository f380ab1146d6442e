using System.Text.RegularExpressions;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.Chains;

/// <summary>Whether a request is what a route wants. Compiles patterns anew each time: for tools, not for traffic.</summary>
public static class RouteMatcher
{
    /// <summary>The first route that takes the request; there is always one, since a router's last route takes everything.</summary>
    public static int Find(RouterNode router, ChainHttpRequest request)
    {
        for (var i = 0; i < router.Routes.Length; i++)
        {
            if (Matches(router.Routes[i].Definition.Match?.Http, request))
            {
                return i;
            }
        }

        return router.Routes.Length - 1;
    }

    public static bool Matches(ServiceRouteHttpMatch? match, ChainHttpRequest request) =>
        match is null
        || (MatchesPath(match, request.Path)
            && (match.Methods.IsEmpty || match.Methods.Contains(request.Method))
            && match.Header.All(h => Matches(h, request.HeaderValue(h.Name)))
            && match.QueryParam.All(q => Matches(q, request.QueryValue(q.Name))));

    public static bool Matches(HeaderMatch match, string? value)
    {
        var compare = match.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var holds = value is not null
            && (match.Exact.Length > 0 ? value.Equals(match.Exact, compare)
                : match.Prefix.Length > 0 ? value.StartsWith(match.Prefix, compare)
                : match.Suffix.Length > 0 ? value.EndsWith(match.Suffix, compare)
                : match.Contains.Length > 0 ? value.Contains(match.Contains, compare)
                : match.Regex.Length == 0 || IsWhole(match.Regex, value, ignoreCase: false));
        return holds != match.Invert;
    }

    private static bool Matches(QueryMatch match, string? value) =>
        value is not null
        && (match.Exact.Length > 0 ? value == match.Exact : match.Regex.Length == 0 || IsWhole(match.Regex, value, ignoreCase: false));

    private static bool MatchesPath(ServiceRouteHttpMatch match, string path)
    {
        var compare = match.CaseInsensitive ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return match.PathExact.Length > 0 ? path.Equals(match.PathExact, compare)
            : match.PathPrefix.Length > 0 ? path.StartsWith(match.PathPrefix, compare)
            : match.PathRegex.Length == 0 || IsWhole(match.PathRegex, path, match.CaseInsensitive);
    }

    private static bool IsWhole(string pattern, string text, bool ignoreCase)
    {
        try
        {
            return UserPattern.CompileWhole(pattern, ignoreCase).IsMatch(text);
        }
        catch (Exception e) when (e is FormatException or RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
