using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Paths of the app that are reachable without mTLS.</summary>
public sealed record ExposeConfig
{
    /// <summary>The paths of the service's own HTTP checks too.</summary>
    public bool Checks { get; init; }

    public ImmutableArray<ExposePath> Paths { get; init => field = value.IsDefault ? [] : value; } = [];
}
