using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Intentions;

/// <summary>A claim that must have a value, or hold it as one of several.</summary>
public sealed record ClaimMatch
{
    /// <summary>Names from the outside in.</summary>
    public ImmutableArray<string> Path { get; init => field = value.IsDefault ? [] : value; } = [];

    public string Value { get; init => field = value ?? ""; } = "";
}
