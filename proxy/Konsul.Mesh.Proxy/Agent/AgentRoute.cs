using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Proxy.Agent;

/// <summary>What a request to the agent API becomes at the server. Pure; works on the raw target, so that '%2F' in a name stays one.</summary>
/// <param name="Method">Sent to the server.</param>
/// <param name="RawTarget">Path and query for the server.</param>
/// <param name="IsShortRegistration">The body is in the short form and has to be translated.</param>
internal readonly record struct AgentRoute(string Method, string RawTarget, bool IsShortRegistration = false)
{
    private static readonly string[] Relayed =
        ["/v1/agent/", "/v1/catalog/", "/v1/health/", "/v1/kv/", "/v1/connect/", "/v1/status/"];

    /// <summary>False for what the agent does not offer.</summary>
    public static bool TryMatch(string method, string rawTarget, [NotNullWhen(true)] out AgentRoute? route)
    {
        route = null;
        var mark = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? rawTarget : rawTarget[..mark];
        var query = mark < 0 ? "" : rawTarget[mark..];
        if (HasDotSegment(path) || rawTarget.Any(c => c is <= ' ' or '\\' or >= (char)0x7f))
        {
            return false;
        }

        const string deregister = "/deregister/";
        if (Relayed.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal)) || path == "/v1/kv")
        {
            route = new AgentRoute(method, rawTarget);
        }
        else if (path == "/register" && method is ("POST" or "PUT"))
        {
            route = new AgentRoute("PUT", "/v1/agent/service/register" + query, IsShortRegistration: true);
        }
        else if (path.StartsWith(deregister, StringComparison.Ordinal) && path.Length > deregister.Length && method is ("DELETE" or "PUT"))
        {
            route = new AgentRoute("PUT", $"/v1/agent/service/deregister/{path[deregister.Length..]}{query}");
        }
        else if (path == "/services" && method == "GET")
        {
            route = new AgentRoute("GET", "/v1/agent/services" + query);
        }
        else if (path.StartsWith("/kv/", StringComparison.Ordinal))
        {
            route = new AgentRoute(method, "/v1" + rawTarget);
        }

        return route is not null;
    }

    /// <summary>A '.' or '..' segment, also escaped: it could lead out of the offered paths at the server.</summary>
    private static bool HasDotSegment(string path) => path.Split('/').Any(segment =>
        segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
}
