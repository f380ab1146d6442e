namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>A test of one query parameter; exactly one form is given.</summary>
public sealed record QueryMatch
{
    public string Name { get; init => field = value ?? ""; } = "";

    public bool Present { get; init; }

    public string Exact { get; init => field = value ?? ""; } = "";

    /// <summary>Matches the whole value.</summary>
    public string Regex { get; init => field = value ?? ""; } = "";
}
