using System.Collections.Immutable;

namespace Konsul.Mesh.Hosting.Admin;

/// <summary>Ready when every condition is met.</summary>
public sealed class Readiness
{
    private ImmutableList<ReadinessCondition> _conditions = [];

    public bool IsReady => _conditions.All(c => c.IsMet);

    /// <summary>Those that are not met, in the order in which they were added.</summary>
    public IReadOnlyList<ReadinessCondition> Missing => [.. _conditions.Where(c => !c.IsMet)];

    /// <param name="name">A short word: <c>snapshot</c>, <c>identity</c>.</param>
    /// <param name="reason">Why it is not met at first.</param>
    public ReadinessCondition Add(string name, string reason = "not yet")
    {
        var condition = new ReadinessCondition(name, reason);
        ImmutableInterlocked.Update(ref _conditions, list => list.Add(condition));
        return condition;
    }
}
