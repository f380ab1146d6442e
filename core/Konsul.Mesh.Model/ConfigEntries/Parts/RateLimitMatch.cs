using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>What a budget is about; all of what is given must hold.</summary>
public sealed record RateLimitMatch
{
    public string PathExact { get; init => field = value ?? ""; } = "";

    public string PathPrefix { get; init => field = value ?? ""; } = "";

    /// <summary>Matches the whole path.</summary>
    public string PathRegex { get; init => field = value ?? ""; } = "";

    public ImmutableArray<string> Methods { get; init => field = value.IsDefault ? [] : value; } = [];

    public ImmutableArray<HeaderMatch> Header { get; init => field = value.IsDefault ? [] : value; } = [];
}
