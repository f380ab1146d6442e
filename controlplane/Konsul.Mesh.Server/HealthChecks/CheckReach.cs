using System.Net;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Whether a check of another node can be run from here: one that looks at the loopback address means that node's, unless both are the same
/// machine.</summary>
internal static class CheckReach
{
    public static bool FromElsewhere(HealthCheck check, Node? node) => check.Type switch
    {
        CheckKind.Http => !IsLoopback(Uri.TryCreate(check.Definition.Http, UriKind.Absolute, out var uri) ? uri.IdnHost : "") || IsLoopback(node?.Address ?? ""),
        CheckKind.Tcp => !IsLoopback(HostOf(check.Definition.Tcp)) || IsLoopback(node?.Address ?? ""),
        _ => true,
    };

    private static string HostOf(string address) => address.LastIndexOf(':') is >= 0 and var colon ? address[..colon].Trim('[', ']') : address;

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
