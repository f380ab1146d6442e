namespace Konsul.Mesh.State.Commands;

/// <summary>The published root signs from now on; the one before is trusted for a while.</summary>
public sealed record ActivateRoot : Command
{
    public required string RootId { get; init; }

    /// <summary>The issuer's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the old root may be removed.</summary>
    public required DateTimeOffset OldTrustedUntil { get; init; }

    /// <summary>The CA's revision that the issuer read.</summary>
    public required ulong Cas { get; init; }
}
