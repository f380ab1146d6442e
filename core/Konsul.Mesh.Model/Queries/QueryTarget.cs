namespace Konsul.Mesh.Model.Queries;

/// <summary>One place to look; one of the two is given.</summary>
public sealed record QueryTarget
{
    public string Datacenter { get; init => field = value ?? ""; } = "";

    public string Peer { get; init => field = value ?? ""; } = "";
}
