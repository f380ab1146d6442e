using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.Queries;

/// <summary>Which instances are asked for.</summary>
public sealed record QueryService
{
    public string Service { get; init => field = value ?? ""; } = "";

    public QueryFailover? Failover { get; init; }

    /// <summary>Leave out instances with warnings too; critical ones are never told.</summary>
    public bool OnlyPassing { get; init; }

    /// <summary>Checks that do not count.</summary>
    [JsonPropertyName("IgnoreCheckIDs")]
    public ImmutableArray<string> IgnoreCheckIds { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>A node whose neighbours come first; <c>_agent</c> for the asked server's own.</summary>
    public string Near { get; init => field = value ?? ""; } = "";

    /// <summary>All must be there, without case; one that starts with "!" must not.</summary>
    public ImmutableArray<string> Tags { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>All must be there.</summary>
    public ImmutableSortedDictionary<string, string> NodeMeta { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>All must be there.</summary>
    public ImmutableSortedDictionary<string, string> ServiceMeta { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Asks for what accepts mTLS for the service.</summary>
    public bool Connect { get; init; }
}
