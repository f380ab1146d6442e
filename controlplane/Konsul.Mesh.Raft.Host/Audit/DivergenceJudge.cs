using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host.Audit;

/// <summary>Compares what servers say of their states. The same entries must give the same state everywhere, so one differing digest is an error of
/// a program or a machine; a majority of the voters is taken to be right. Pure.</summary>
public static class DivergenceJudge
{
    /// <param name="reports">One of each server.</param>
    /// <param name="form">The form to compare; reports of another one say nothing.</param>
    /// <param name="voters">How many servers vote, whether they report or not.</param>
    public static DivergenceVerdict Judge(IEnumerable<CheckpointReport> reports, string form, int voters)
    {
        ArgumentNullException.ThrowIfNull(reports);
        var said = reports.Where(r => r.Form == form)
            .SelectMany(r => r.Checkpoints.DistinctBy(c => c.Index).Select(c => (r.Server, r.IsVoter, c.Index, c.Digest)))
            .GroupBy(s => s.Index)
            .OrderByDescending(g => g.Key);
        var (agreed, equal, diverged, differing) = (0UL, new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
        foreach (var at in said)
        {
            var groups = at.GroupBy(s => s.Digest).ToList();
            var majority = groups.FirstOrDefault(g => g.Count(s => s.IsVoter) > voters / 2);
            if (majority is null)
            {
                if (groups.Count > 1)
                {
                    differing.UnionWith(at.Select(s => s.Server));
                }

                continue;
            }

            // The newest index at which a server can be judged counts: an older difference may have been mended by a snapshot.
            agreed = Math.Max(agreed, at.Key);
            foreach (var (server, _, _, digest) in at.Where(s => !equal.Contains(s.Server) && !diverged.Contains(s.Server)))
            {
                (digest == majority.Key ? equal : diverged).Add(server);
            }
        }

        differing.ExceptWith(equal);
        differing.ExceptWith(diverged);
        return new DivergenceVerdict(agreed, [.. equal], [.. diverged], [.. differing]);
    }
}
