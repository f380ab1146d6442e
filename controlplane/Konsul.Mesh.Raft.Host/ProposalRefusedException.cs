namespace Konsul.Mesh.Raft.Host;

/// <summary>The command was not appended.</summary>
public sealed class ProposalRefusedException : Exception
{
    public ProposalRefusedException(ProposalRefusal refusal, string message)
        : base(message) => Refusal = refusal;

    public ProposalRefusal Refusal { get; }
}
