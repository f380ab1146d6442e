namespace Konsul.Mesh.State.Commands;

/// <summary>An old root is trusted no more. Refused before its time.</summary>
public sealed record RemoveRoot : Command
{
    public required string RootId { get; init; }

    /// <summary>The issuer's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The CA's revision that the issuer read.</summary>
    public required ulong Cas { get; init; }
}
