namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>The same for requests to some paths.</summary>
public sealed record InstanceRouteLimit
{
    public string PathExact { get; init => field = value ?? ""; } = "";

    public string PathPrefix { get; init => field = value ?? ""; } = "";

    public string PathRegex { get; init => field = value ?? ""; } = "";

    public int RequestsPerSecond { get; init; }

    public int RequestsMaxBurst { get; init; }
}
