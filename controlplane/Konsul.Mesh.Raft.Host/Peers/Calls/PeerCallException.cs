namespace Konsul.Mesh.Raft.Host.Peers.Calls;

/// <summary>A call to another server has no answer.</summary>
public sealed class PeerCallException : IOException
{
    public PeerCallException(PeerCallError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    public PeerCallError Error { get; }

    /// <summary>Whether the call may have been carried out all the same; then it may be repeated only if that does no harm.</summary>
    public bool MayHaveRun => Error is PeerCallError.Timeout or PeerCallError.ConnectionLost or PeerCallError.Failed;
}
