using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.Intentions;

/// <summary>All of what is given must hold; of the three path forms at most one is given.</summary>
public sealed record IntentionHttpMatch
{
    public string PathExact { get; init => field = value ?? ""; } = "";

    public string PathPrefix { get; init => field = value ?? ""; } = "";

    /// <summary>Matches the whole path.</summary>
    public string PathRegex { get; init => field = value ?? ""; } = "";

    /// <summary>All must match.</summary>
    public ImmutableArray<HeaderMatch> Header { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Any of them; none given means any method.</summary>
    public ImmutableArray<string> Methods { get; init => field = value.IsDefault ? [] : value; } = [];
}
