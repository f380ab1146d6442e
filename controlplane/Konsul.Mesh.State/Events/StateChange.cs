using Konsul.Mesh.State.Collections;
using Konsul.Mesh.State.Deadlines;

namespace Konsul.Mesh.State.Events;

/// <summary>What one command, or a restore, did. Topics never hold <see cref="TopicKind.KvPrefix"/>: compare the keys.</summary>
/// <param name="Before">The view that was current before.</param>
/// <param name="After">The view that is published now.</param>
/// <param name="Topics">The topics touched, each once; empty after a restore.</param>
/// <param name="Restored">Everything may have changed.</param>
public sealed record StateChange(StateView Before, StateView After, IReadOnlyCollection<Topic> Topics, bool Restored)
{
    /// <summary>What began or is over among the things that end by themselves; one begun anew is over and begins.</summary>
    public void VisitDeadlines(Action<Deadline> over, Action<Deadline> begun) => MapDifference.Visit(
        Before.DeadlineTable.Rows, After.DeadlineTable.Rows, (over, begun), static (s, _, d) => s.over(d), static (s, _, d) => s.begun(d));
}
