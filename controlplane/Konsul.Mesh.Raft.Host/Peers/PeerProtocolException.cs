namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>A peer sent what no peer may send. Its connection ends; nothing of the frame was used.</summary>
public sealed class PeerProtocolException : IOException
{
    public PeerProtocolException(PeerFault fault, string message)
        : base(message) => Fault = fault;

    public PeerFault Fault { get; }
}
