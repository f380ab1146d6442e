using Konsul.Mesh.Raft.Host.Audit;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers.Calls;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>Comparing the state with the other servers'.</summary>
public sealed partial class ClusterNode : IAuditedLog
{
    public int Voters => Log.Consensus.Members.Count(m => m.IsVoter);

    public async Task<CheckpointReport> ReportAsync(CancellationToken cancellationToken)
    {
        var report = await Log.ReportAsync(cancellationToken).ConfigureAwait(false);
        return Named(report, Log.Consensus.Members.FirstOrDefault(m => m.Id == NodeId) ?? new MemberStatus(NodeId, IsVoter: false));
    }

    public async Task<IReadOnlyList<CheckpointReport>> ExchangeAsync(CheckpointReport own, CancellationToken cancellationToken)
    {
        var others = Log.Consensus.Members.Where(m => m.Id != NodeId);
        var answers = await Task.WhenAll(others.Select(m => AskAsync(m, cancellationToken))).ConfigureAwait(false);
        return [.. answers.OfType<CheckpointReport>()];
    }

    public bool IsMember(string server) => Log.Consensus.Members.Any(m => ServerId.Format(m.Id) == server);

    public void Fence(string reason) => Log.Fence(reason);

    private async Task<CheckpointReport?> AskAsync(MemberStatus member, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _transport.CallAsync(member.Id, (ushort)CallKind.Checkpoints, default, StatusTimeout, cancellationToken).ConfigureAwait(false);
            return CheckpointReport.Decode(answer.Span) is { } report ? Named(report, member) : null;
        }
        catch (PeerCallException)
        {
            // Down, or of a version that does not know the question.
            return null;
        }
    }

    private static async Task<CheckpointReport> ReportOfAsync(ConsensusLog log, CancellationToken cancellationToken)
    {
        try
        {
            return await log.ReportAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (LogStoppedException e)
        {
            throw new PeerCallException(PeerCallError.Unavailable, e.Message);
        }
    }

    private static CheckpointReport Named(CheckpointReport report, MemberStatus member) =>
        report with { Server = ServerId.Format(member.Id), IsVoter = member.IsVoter };
}
