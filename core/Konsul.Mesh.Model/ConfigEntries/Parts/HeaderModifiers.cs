using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Edits of headers: remove, then set, then add.</summary>
public sealed record HeaderModifiers
{
    public ImmutableSortedDictionary<string, string> Add { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Set { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<string> Remove { get; init => field = value.IsDefault ? [] : value; } = [];
}
