using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Budgets of requests to one service, held for all its instances together. Beyond Consul.</summary>
public sealed record RateLimit : ConfigEntry
{
    public const string KindWord = "rate-limit";

    public override string Kind => KindWord;

    public ImmutableArray<RateLimitRule> Limits { get; init => field = value.IsDefault ? [] : value; } = [];
}
