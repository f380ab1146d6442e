using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Where a gRPC check asks, and about what.</summary>
/// <param name="Address">The server.</param>
/// <param name="Service">Empty: the server as a whole.</param>
internal readonly record struct GrpcTarget(TargetAddress Address, string Service)
{
    /// <summary>Reads <c>host:port</c> or <c>host:port/service</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out GrpcTarget target)
    {
        target = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (!TargetAddress.TryParse(slash < 0 ? text : text![..slash], out var address) || address.Port == 0)
            return false;
        target = new GrpcTarget(address, slash < 0 ? "" : text![(slash + 1)..]);
        return true;
    }
}
