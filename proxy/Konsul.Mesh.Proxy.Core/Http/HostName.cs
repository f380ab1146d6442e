namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>A Host or :authority as routes are keyed: lower case, without port and trailing dot (CVE-2021-39155).</summary>
internal static class HostName
{
    public static string Of(string? authority)
    {
        var host = authority.AsSpan().Trim();
        if (host.StartsWith("["))
        {
            var end = host.IndexOf(']');
            host = end < 0 ? host : host[..(end + 1)];
        }
        else if (host.LastIndexOf(':') is var colon and >= 0)
        {
            host = host[..colon];
        }

        return host.TrimEnd('.').ToString().ToLowerInvariant();
    }
}
