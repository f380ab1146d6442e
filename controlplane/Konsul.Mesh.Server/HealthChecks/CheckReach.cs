using System.Net;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Whether a check of another node can be run from here: one that looks at the loopback address means that node's, unless both are the same
/// machine; a script is that machine's own.</summary>
internal static class CheckReach
{
    public static bool FromElsewhere(HealthCheck check, Node? node) => check.Type switch
    {
        CheckKind.Http => IsShared(Uri.TryCreate(check.Definition.Http, UriKind.Absolute, out var uri) ? uri.IdnHost : "", node),
        CheckKind.Tcp => IsShared(HostOf(check.Definition.Tcp), node),
        CheckKind.Udp => IsShared(HostOf(check.Definition.Udp), node),
        CheckKind.H2Ping => IsShared(HostOf(check.Definition.H2Ping), node),
        CheckKind.Grpc => IsShared(GrpcTarget.TryParse(check.Definition.Grpc, out var target) ? target.Address.Host : "", node),
        CheckKind.Script => false,
        _ => true,
    };

    private static bool IsShared(string host, Node? node) => !IsLoopback(host) || IsLoopback(node?.Address ?? "");

    private static string HostOf(string? address) => TargetAddress.TryParse(address, out var target) ? target.Host : "";

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
