namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>A test of one request header; exactly one form is given.</summary>
public sealed record HeaderMatch
{
    /// <summary>Without case.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    public bool Present { get; init; }

    public string Exact { get; init => field = value ?? ""; } = "";

    public string Prefix { get; init => field = value ?? ""; } = "";

    public string Suffix { get; init => field = value ?? ""; } = "";

    public string Contains { get; init => field = value ?? ""; } = "";

    /// <summary>Matches the whole value.</summary>
    public string Regex { get; init => field = value ?? ""; } = "";

    /// <summary>The test must fail.</summary>
    public bool Invert { get; init; }

    /// <summary>Of the value; not for patterns.</summary>
    public bool IgnoreCase { get; init; }
}
