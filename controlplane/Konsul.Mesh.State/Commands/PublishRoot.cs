using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.State.Commands;

/// <summary>Begins a rotation: a new root is trusted, and does not sign yet. A conflict while another one waits for its activation.</summary>
public sealed record PublishRoot : Command
{
    /// <summary>Not active.</summary>
    public required CaRoot Root { get; init; }

    /// <summary>When it is activated at the latest.</summary>
    public required DateTimeOffset WaitUntil { get; init; }

    /// <summary>Why, for people.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The CA's revision that the issuer read.</summary>
    public required ulong Cas { get; init; }
}
