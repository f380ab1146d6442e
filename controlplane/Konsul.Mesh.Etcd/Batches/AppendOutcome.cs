using Konsul.Mesh.Etcd.Protocol;
using Konsul.Mesh.Raft.Host;

namespace Konsul.Mesh.Etcd.Batches;

/// <summary>How an attempt to append a batch ended; there is no "perhaps", an attempt goes on until it is known.</summary>
internal abstract record AppendOutcome
{
    private AppendOutcome()
    {
    }

    /// <summary>The batch is in the log.</summary>
    public sealed record Appended : AppendOutcome;

    /// <summary>Another batch has its place, or the log has moved on; the batch cannot come into the log at this place any more.</summary>
    /// <param name="Found">What is in the log from that place on; the first few. May be the very batch, after a lost answer.</param>
    public sealed record Taken(IReadOnlyList<KeyValue> Found) : AppendOutcome;

    /// <summary>etcd did not take it, and no attempt before can still be under way.</summary>
    public sealed record Refused(ProposalRefusal Refusal, string Reason) : AppendOutcome;
}
