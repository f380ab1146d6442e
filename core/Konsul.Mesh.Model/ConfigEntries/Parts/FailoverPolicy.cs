using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>In which order datacenters are tried.</summary>
public sealed record FailoverPolicy
{
    /// <summary>Empty, sequential or order-by-locality.</summary>
    public string Mode { get; init => field = value ?? ""; } = "";

    public ImmutableArray<string> Regions { get; init => field = value.IsDefault ? [] : value; } = [];
}
