using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.Intentions;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>What holds for one caller: an action, or permissions on requests.</summary>
public sealed record SourceIntention
{
    /// <summary>A service, or "*" for any.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    public string Peer { get; init => field = value ?? ""; } = "";

    /// <summary>allow or deny; empty with permissions.</summary>
    public string Action { get; init => field = value ?? ""; } = "";

    /// <summary>The first that matches decides; what matches none is denied.</summary>
    public ImmutableArray<IntentionPermission> Permissions { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Told, never taken.</summary>
    public int Precedence { get; init; }

    [JsonPropertyName("LegacyID")]
    public string LegacyId { get; init => field = value ?? ""; } = "";

    /// <summary>Always consul.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    public string Description { get; init => field = value ?? ""; } = "";

    public ImmutableSortedDictionary<string, string> LegacyMeta { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Told, never taken.</summary>
    public DateTimeOffset? LegacyCreateTime { get; init; }

    /// <summary>Told, never taken.</summary>
    public DateTimeOffset? LegacyUpdateTime { get; init; }
}
