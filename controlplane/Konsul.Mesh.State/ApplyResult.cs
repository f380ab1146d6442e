using System.Collections.Immutable;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.State;

/// <summary>What became of a command. A failed one has changed nothing.</summary>
public sealed record ApplyResult
{
    /// <summary>The log index of the command.</summary>
    public ulong Index { get; init; }

    public ApplyFailure Failure { get; init; }

    public bool Success => Failure == ApplyFailure.None;

    /// <summary>A sentence for the user; empty on success.</summary>
    public string Reason { get; init; } = "";

    /// <summary>
    /// False when the CAS of a <see cref="Commands.KvSet"/> or <see cref="Commands.KvDelete"/> was lost, or a lock: no failure, but nothing was written.
    /// </summary>
    public bool CasHeld { get; init; } = true;

    /// <summary>Whether the state differs from before; an identical write changes nothing.</summary>
    public bool Changed { get; init; }

    /// <summary>The ports of sidecars registered with port 0, in the order of the command.</summary>
    public ImmutableArray<AllottedPort> Ports { get; init; } = [];

    /// <summary>The id of the intention written.</summary>
    public string IntentionId { get; init; } = "";

    /// <summary>What a transaction read and wrote, in order.</summary>
    public ImmutableArray<TxnResult> Results { get; init; } = [];

    /// <summary>Of a transaction that failed: every operation that could not be done.</summary>
    public ImmutableArray<TxnError> Errors { get; init; } = [];

    /// <summary>Of a batch: which of its commands failed, from 0; else -1.</summary>
    public int FailedCommand { get; init; } = -1;

    internal static ApplyResult Fail(ApplyFailure failure, string reason) => new() { Failure = failure, Reason = reason };
}
