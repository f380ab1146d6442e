namespace Konsul.Mesh.Raft.Host.Peers;

/// <summary>How a peer broke the protocol; a closed set, fit for a metric label.</summary>
public enum PeerFault
{
    /// <summary>Bytes that fit no rule below.</summary>
    Malformed,

    /// <summary>Not a frame at all, or one that was changed on its way.</summary>
    BadChecksum,

    /// <summary>The stream ended inside a frame.</summary>
    CutOff,
    FrameTooLarge,
    UnknownFrameVersion,

    /// <summary>A frame of an unknown kind, or of one that has no place in this stream.</summary>
    UnknownFrame,
    UnknownMessageType,
    UnknownEntryType,
    TooManyEntries,
    TooManyMembers,

    /// <summary>Entries whose indices are not one behind the other.</summary>
    EntryGap,

    /// <summary>An id that no node can have.</summary>
    BadId,

    /// <summary>A term that this message cannot have.</summary>
    BadTerm,

    /// <summary>A term so far ahead of our own that no cluster gets there.</summary>
    TermJump,

    /// <summary>A message in the name of another node than the one that proved itself.</summary>
    WrongSender,

    /// <summary>A message for another node.</summary>
    WrongReceiver,

    /// <summary>More bytes than allowed before the peer has proven who it is.</summary>
    TooMuchBeforeProof,
}
