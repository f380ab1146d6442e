namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One share of a splitter.</summary>
public sealed record ServiceSplit
{
    /// <summary>In percent, in steps of 0.01; all weights of a splitter sum to 100.</summary>
    public double Weight { get; init; }

    /// <summary>Empty for the splitter's own.</summary>
    public string Service { get; init => field = value ?? ""; } = "";

    public string ServiceSubset { get; init => field = value ?? ""; } = "";

    public HeaderModifiers? RequestHeaders { get; init; }

    public HeaderModifiers? ResponseHeaders { get; init; }
}
