using System.Security.Cryptography;

namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>Jitter from the operating system. Dialling again is rare, so its price does not matter.</summary>
public sealed class SystemReconnectJitter : IReconnectJitter
{
    public double Next() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;
}
