using System.Collections.Immutable;

namespace Konsul.Mesh.Raft;

/// <summary>What nodes, and the parts of one node, tell each other. Immutable; which fields count depends on the type.</summary>
public sealed record Message
{
    public required MessageType Type { get; init; }

    /// <summary>A node id, or <see cref="LocalTarget"/>; 0 for "whoever it concerns here".</summary>
    public ulong To { get; init; }

    public ulong From { get; init; }

    /// <summary>0 on local messages and on what is forwarded to the leader.</summary>
    public ulong Term { get; init; }

    /// <summary>App: term of the entry before <see cref="Entries"/>. Vote: term of the candidate's last entry. AppResp that rejects: hint term.</summary>
    public ulong LogTerm { get; init; }

    /// <summary>App: index of the entry before <see cref="Entries"/>. AppResp: what is now held, or what is rejected.</summary>
    public ulong Index { get; init; }

    public ImmutableArray<Entry> Entries { get; init; } = [];

    /// <summary>App, Heartbeat: the leader's. A vote refused: known to be committed by who refuses, with the term of that entry in <see cref="LogTerm"/>.</summary>
    public ulong Commit { get; init; }

    /// <summary>StorageAppend: the hard state's vote.</summary>
    public ulong Vote { get; init; }

    public Snapshot? Snapshot { get; init; }

    public bool Reject { get; init; }

    /// <summary>AppResp that rejects: the last index that may match.</summary>
    public ulong RejectHint { get; init; }

    /// <summary>Heartbeats and their answers: the newest read that waits (a number of the leader's own, growing). ReadIndex and its answer: the asker's own
    /// number. Votes: 1 for a transfer, which no lease refuses. TransferLeader: who is to lead.</summary>
    public ulong Context { get; init; }

    /// <summary>StorageAppend and StorageApply: what is to be delivered when it is done.</summary>
    public ImmutableArray<Message> Responses { get; init; } = [];
}
