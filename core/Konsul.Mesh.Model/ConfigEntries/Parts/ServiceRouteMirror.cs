namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Where copies of requests go.</summary>
public sealed record ServiceRouteMirror
{
    public string Service { get; init => field = value ?? ""; } = "";

    public string ServiceSubset { get; init => field = value ?? ""; } = "";

    /// <summary>Share of the requests, 0 to 100; null for all.</summary>
    public double? Percent { get; init; }
}
