namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>
/// Rules that spare the search useless choices among operations that need not happen. (1) One that leaves the state as it is may wait.
/// (2) Of several that are equal only the earliest is tried: whatever the later one can do, the earlier one can. (3) After one of them
/// comes only an operation to which it makes a difference: any other is as well taken without it. So a write that nobody reads costs
/// nothing, however many there are.
/// </summary>
internal static class OptionalOperations
{
    /// <summary>For every optional operation the nearest equal one before it, else -1. The operations are in the order of their calls.</summary>
    public static int[] EqualBefore<TInput, TOutput>(IReadOnlyList<Operation<TInput, TOutput>> operations)
    {
        var before = new int[operations.Count];
        Array.Fill(before, -1);
        var last = new Dictionary<(TInput, Outcome<TOutput>), int>();
        for (var at = 0; at < operations.Count; at++)
        {
            if (!operations[at].MustHappen)
            {
                var what = (operations[at].Input, operations[at].Outcome);
                before[at] = last.GetValueOrDefault(what, -1);
                last[what] = at;
            }
        }

        return before;
    }
}
