namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>What stands for a service; what is empty is the service's own.</summary>
public sealed record ResolverRedirect
{
    public string Service { get; init => field = value ?? ""; } = "";

    public string ServiceSubset { get; init => field = value ?? ""; } = "";

    public string Datacenter { get; init => field = value ?? ""; } = "";

    public string Peer { get; init => field = value ?? ""; } = "";
}
