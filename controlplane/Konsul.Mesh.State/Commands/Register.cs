using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.State.Commands;

/// <summary>
/// Puts a node, any number of its services, and checks, all or nothing: a service and its sidecar appear together. Indexes in the values
/// are ignored; a check's service name and tags are taken from its service. A sidecar with port 0 keeps its port from before or gets the
/// lowest free one of its node, see <see cref="ApplyResult.Ports"/>. Fails when a service or check names another node, when
/// <see cref="SkipNodeUpdate"/> and the node is unknown, when a check names an unknown service, and when no sidecar port is left.
/// </summary>
public sealed record Register : Command
{
    public required Node Node { get; init; }

    /// <summary>The node must exist and stays as it is; only its name is used.</summary>
    public bool SkipNodeUpdate { get; init; }

    public ImmutableArray<ServiceInstance> Services { get; init; } = [];

    public ImmutableArray<HealthCheck> Checks { get; init; } = [];

    /// <summary>Checks of the named services that are not in <see cref="Checks"/> are removed.</summary>
    public bool ReplaceChecks { get; init; }

    /// <summary>A check that exists keeps its status and output: a registration that is repeated does not undo what the check has found.</summary>
    public bool KeepCheckStatus { get; init; }
}
