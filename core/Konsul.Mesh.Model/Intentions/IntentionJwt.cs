using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Intentions;

/// <summary>Tokens that must be there.</summary>
public sealed record IntentionJwt
{
    /// <summary>Any of them.</summary>
    public ImmutableArray<IntentionJwtProvider> Providers { get; init => field = value.IsDefault ? [] : value; } = [];
}
