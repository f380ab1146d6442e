using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Server.Queries;

/// <summary>Sorts by <c>?near</c>: the estimated round trip from a node, those of unknown place last, ties as they were.</summary>
internal static class Nearness
{
    public static IEnumerable<T> Sort<T>(ApiContext context, StateView view, string ownNode, IEnumerable<T> items, Func<T, string> nodeOf)
    {
        var from = context.Query.Value("near");
        if (from.Length == 0)
            return items;
        if (from == "_agent")
            from = ownNode;

        // From oneself it is no way at all, measured or not.
        return items.OrderBy(i => nodeOf(i) == from ? -1 : view.Network.Distance(from, nodeOf(i)));
    }
}
