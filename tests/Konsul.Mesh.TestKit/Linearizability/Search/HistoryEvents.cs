namespace Konsul.Mesh.TestKit.Linearizability.Search;

/// <summary>The calls and returns of a history in the order of time.</summary>
internal static class HistoryEvents
{
    /// <summary>Calls come before returns of the same instant, because intervals are closed. Operations that never return have no return.</summary>
    public static (int Operation, bool IsReturn)[] InOrder<TInput, TOutput>(IReadOnlyList<Operation<TInput, TOutput>> operations) =>
        [.. operations.Index().SelectMany(
                o => o.Item.MustHappen
                    ? new[] { (Time: o.Item.Call, IsReturn: false, o.Index), (Time: o.Item.Return, IsReturn: true, o.Index) }
                    : [(Time: o.Item.Call, IsReturn: false, o.Index)])
            .OrderBy(e => e.Time).ThenBy(e => e.IsReturn).ThenBy(e => e.Index)
            .Select(e => (e.Index, e.IsReturn))];
}
