namespace Konsul.Mesh.Raft.Host.Peers.Codec;

/// <summary>What is in a frame. The numbers are the ones on the wire and never change.</summary>
internal enum FrameKind : byte
{
    Hello = 1,
    Proof = 2,
    Welcome = 3,
    Refusal = 4,
    Message = 16,

    /// <summary>On a stream of messages, from either end: it is closed on purpose, and the process behind it goes on.</summary>
    Goodbye = 17,
    CallRequest = 32,
    CallResponse = 33,
    TransferBegin = 48,
    TransferResume = 49,
    TransferChunk = 50,
    TransferAck = 51,
    TransferDone = 52,
}
