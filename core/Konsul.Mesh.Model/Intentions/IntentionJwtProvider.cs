using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Intentions;

/// <summary>A token of one provider, with claims.</summary>
public sealed record IntentionJwtProvider
{
    /// <summary>Of a jwt-provider entry.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>All must hold.</summary>
    public ImmutableArray<ClaimMatch> VerifyClaims { get; init => field = value.IsDefault ? [] : value; } = [];
}
