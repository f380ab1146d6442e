using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Intentions;

/// <summary>"<see cref="SourceName"/> may (not) open connections to <see cref="DestinationName"/>". Its key is (source, destination); "*" means any service.</summary>
public sealed record Intention
{
    public const string Wildcard = "*";

    /// <summary>A UUID, given at creation.</summary>
    public string Id { get; init; } = "";

    public required string SourceName { get; init; }

    public required string DestinationName { get; init; }

    /// <summary>With <see cref="Permissions"/> always deny: whoever cannot judge requests refuses the connection.</summary>
    public required IntentionAction Action { get; init; }

    /// <summary>Decide about single requests, the first that matches; what matches none is denied. Empty for an intention on connections.</summary>
    public ImmutableArray<IntentionPermission> Permissions { get; init => field = value.IsDefault ? [] : value; } = [];

    public string Description { get; init; } = "";

    public ImmutableSortedDictionary<string, string> Meta { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    /// <summary>Exact beats wildcard, and the destination weighs more than the source: 9 exact/exact, 8 any source to an exact
    /// destination, 6 exact source to any destination, 5 any to any (Consul's numbers).</summary>
    public int Precedence => (SourceName == Wildcard, DestinationName == Wildcard) switch
    {
        (false, false) => 9,
        (true, false) => 8,
        (false, true) => 6,
        (true, true) => 5,
    };

    public bool Matches(string source, string destination) =>
        (SourceName == Wildcard || SourceName == source) && (DestinationName == Wildcard || DestinationName == destination);
}
