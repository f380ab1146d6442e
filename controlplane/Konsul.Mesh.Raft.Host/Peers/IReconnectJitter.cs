namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>Where chance enters the transport: how long to wait before dialling again.</summary>
public interface IReconnectJitter
{
    /// <summary>A number in [0, 1).</summary>
    double Next();
}
