using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Who issues tokens, and how they are verified.</summary>
public sealed record JwtProvider : ConfigEntry
{
    public const string KindWord = "jwt-provider";

    public override string Kind => KindWord;

    [JsonPropertyName("JSONWebKeySet")]
    public JsonWebKeySetConfig? JsonWebKeySet { get; init; }

    public string Issuer { get; init => field = value ?? ""; } = "";

    public ImmutableArray<string> Audiences { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Where a request carries the token; none given means the Authorization header, then the access_token parameter.</summary>
    public ImmutableArray<JwtLocation> Locations { get; init => field = value.IsDefault ? [] : value; } = [];

    public JwtForwarding? Forwarding { get; init; }

    /// <summary>0 for the default of 30.</summary>
    public int ClockSkewSeconds { get; init; }

    public JwtCacheConfig? CacheConfig { get; init; }
}
