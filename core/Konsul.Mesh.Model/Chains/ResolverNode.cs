using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.Chains;

/// <summary>The end of the way: whose instances answer.</summary>
/// <param name="Name">The target's id.</param>
public sealed record ResolverNode(string Name) : ChainNode(Name)
{
    public override string Type => "resolver";

    /// <summary>No resolver entry was written for the target's service.</summary>
    public bool IsDefault { get; init; }

    /// <summary>A key of the chain's targets.</summary>
    public string Target => Name;

    public TimeSpan ConnectTimeout { get; init; }

    /// <summary>Zero for the default.</summary>
    public TimeSpan RequestTimeout { get; init; }

    /// <summary>Keys of the chain's targets, in the order in which they are tried while the target has no healthy instance.</summary>
    public ImmutableArray<string> FailoverTargets { get; init; } = [];

    public FailoverPolicy? FailoverPolicy { get; init; }

    public LoadBalancer? LoadBalancer { get; init; }
}
