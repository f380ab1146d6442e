namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One place to fail over to; what is empty is the failing one's own.</summary>
public sealed record FailoverTarget
{
    public string Service { get; init => field = value ?? ""; } = "";

    public string ServiceSubset { get; init => field = value ?? ""; } = "";

    public string Datacenter { get; init => field = value ?? ""; } = "";

    public string Peer { get; init => field = value ?? ""; } = "";
}
