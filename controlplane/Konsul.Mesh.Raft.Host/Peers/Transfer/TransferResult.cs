namespace Konsul.Mesh.Raft.Host.Peers.Transfer;

/// <summary>How a transfer ended, by the receiver's word. The numbers are the ones on the wire.</summary>
internal enum TransferResult : byte
{
    Completed = 0,
    Failed = 1,
}
