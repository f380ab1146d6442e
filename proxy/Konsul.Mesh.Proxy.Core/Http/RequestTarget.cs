using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>The address to forward to: the client's own bytes, not a decoded and encoded copy of them.</summary>
internal static class RequestTarget
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>A fragment never belongs into a request, and what ignores it authorises another path than what reads it (CVE-2021-39156).</summary>
    public static bool IsAcceptable(string rawTarget) => !rawTarget.Contains('#', StringComparison.Ordinal);

    public static Uri Of(string prefix, HttpContext http)
    {
        var raw = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        return raw.StartsWith('/')
            ? new Uri(string.Concat(prefix, raw), in Verbatim)
            : RequestUtilities.MakeDestinationAddress(prefix, http.Request.Path, http.Request.QueryString);
    }
}
