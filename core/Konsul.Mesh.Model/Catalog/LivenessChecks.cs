namespace Konsul.Mesh.Model.Catalog;

/// <summary>The checks by which the leader says who is there.</summary>
public static class LivenessChecks
{
    /// <summary>The id of a node's; Consul's clients look for it.</summary>
    public const string NodeCheckId = "serfHealth";

    /// <summary>The type of a sidecar's: whether it holds a discovery stream at any server.</summary>
    public const string SidecarType = "sidecar";
}
