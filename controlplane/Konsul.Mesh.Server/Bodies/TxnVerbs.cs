using System.Collections.Frozen;
using Konsul.Mesh.State.Transactions;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>The words for what an operation does.</summary>
internal static class TxnVerbs
{
    private static readonly KeyValuePair<string, TxnVerb>[] Common =
    [
        new("get", TxnVerb.Get), new("set", TxnVerb.Set), new("cas", TxnVerb.Cas), new("delete", TxnVerb.Delete), new("delete-cas", TxnVerb.DeleteCas),
    ];

    public static readonly FrozenDictionary<string, TxnVerb> OfCatalog = Common.ToFrozenDictionary(StringComparer.Ordinal);

    public static readonly FrozenDictionary<string, TxnVerb> OfKeys = Common.Concat(
    [
        new("lock", TxnVerb.Lock), new("unlock", TxnVerb.Unlock), new("get-or-empty", TxnVerb.GetOrEmpty), new("get-tree", TxnVerb.GetTree),
        new("delete-tree", TxnVerb.DeleteTree), new("check-index", TxnVerb.CheckIndex), new("check-session", TxnVerb.CheckSession),
        new("check-not-exists", TxnVerb.CheckNotExists),
    ]).ToFrozenDictionary(StringComparer.Ordinal);
}
