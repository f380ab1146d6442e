using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Intentions;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Who may call one service: all intentions whose destination it is.</summary>
public sealed record ServiceIntentions : ConfigEntry
{
    public const string KindWord = "service-intentions";

    public override string Kind => KindWord;

    /// <summary>Tokens that every caller must bring.</summary>
    [JsonPropertyName("JWT")]
    public IntentionJwt? Jwt { get; init; }

    public ImmutableArray<SourceIntention> Sources { get; init => field = value.IsDefault ? [] : value; } = [];
}
