namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What the owner loop causes outside itself. All return at once; answers come back as calls of <see cref="NodeDriver"/> on its loop.</summary>
internal interface INodeEffects
{
    /// <summary>StorageAppend: to be made durable in order, then its responses go out.</summary>
    void Append(Message message);

    /// <summary>StorageApply: to be applied in order, then its responses go out.</summary>
    void Apply(Message message);

    /// <summary>To another server; may be lost.</summary>
    void Send(Message message);

    /// <summary>Asks the leader to append commands in its term; ends with <see cref="NodeDriver.Forwarded"/>.</summary>
    void Forward(ulong leader, ulong term, IReadOnlyList<PendingProposal> proposals);

    /// <summary>Term, role or leader changed.</summary>
    void LeadershipChanged();
}
