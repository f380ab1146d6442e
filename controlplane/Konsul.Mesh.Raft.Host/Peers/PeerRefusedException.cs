namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>Two servers do not get into contact.</summary>
public sealed class PeerRefusedException : IOException
{
    public PeerRefusedException(PeerRefusal refusal, bool byPeer, string? detail = null, bool isProven = false)
        : base((byPeer ? "The peer refuses: " : "") + PeerRefusals.Text(refusal) + (detail is null ? "" : " " + detail)) =>
        (Refusal, ByPeer, IsProven) = (refusal, byPeer, isProven);

    public PeerRefusal Refusal { get; }

    /// <summary>True when the other end refused.</summary>
    public bool ByPeer { get; }

    /// <summary>True when the other end refused and had proven to be the server that it says it is.</summary>
    public bool IsProven { get; }
}
