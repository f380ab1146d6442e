namespace Konsul.Mesh.Raft.Host.Peers.Calls;

/// <summary>Why a call has no answer. The numbers are the ones on the wire.</summary>
public enum PeerCallError : byte
{
    /// <summary>There is no connection; the call was not sent.</summary>
    Unreachable = 1,

    /// <summary>Too many calls wait, here or there; the call was not carried out.</summary>
    Busy = 2,

    /// <summary>The body, or the answer, is over the limit.</summary>
    TooLarge = 3,

    /// <summary>The other server does not know this kind of call.</summary>
    UnknownKind = 4,

    /// <summary>The other server cannot do it now, say because it does not lead; the call was not carried out.</summary>
    Unavailable = 5,

    /// <summary>The other server tried and failed.</summary>
    Failed = 6,

    /// <summary>No answer in time; the call may have been carried out.</summary>
    Timeout = 7,

    /// <summary>The connection ended before the answer; the call may have been carried out.</summary>
    ConnectionLost = 8,
}
