using System.Collections.Immutable;

namespace Konsul.Mesh.Ca.Rotation;

/// <summary>What the next step depends on. Times are the caller's clock.</summary>
public sealed record RotationFacts
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>The root that signs.</summary>
    public required RotationRoot Active { get; init; }

    /// <summary>Null while no rotation waits for its activation.</summary>
    public PendingRoot? Pending { get; init; }

    /// <summary>Roots that signed once and are still trusted.</summary>
    public ImmutableArray<RotationRoot> Retired { get; init; } = [];

    /// <summary>Whether every server and every connected proxy has said that it trusts the pending root; looked at only while there is one.</summary>
    public bool EverybodyHasIt { get; init; }

    public RotationStage Stage => Pending is not null ? RotationStage.Publishing : Retired.IsEmpty ? RotationStage.Idle : RotationStage.Retiring;
}
