namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>A certificate from a secret discovery service of the operator's.</summary>
public sealed record GatewaySds
{
    public string ClusterName { get; init => field = value ?? ""; } = "";

    public string CertResource { get; init => field = value ?? ""; } = "";
}
