using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Intentions;

/// <summary>Intentions as of one index, highest precedence first, then by source and destination name.</summary>
public sealed class IntentionView
{
    private readonly IntentionTables _tables;

    /// <summary>Sorted on first use; two readers at once sort twice, to the same end.</summary>
    private Intention[]? _all;

    internal IntentionView(IntentionTables tables) => _tables = tables;

    internal IntentionTables Tables => _tables;

    public int Count => _tables.Intentions.Count;

    public ImmutableArray<Intention> All =>
        ImmutableCollectionsMarshal.AsImmutableArray(_all ??= Sort(_tables.Intentions.Select(e => e.Value)));

    /// <summary>The table's index, at least 1.</summary>
    public ulong Index => Math.Max(_tables.Index, 1);

    /// <summary>The intention of exactly this pair.</summary>
    public Intention? Get(string source, string destination) => _tables.Intentions.GetValueOrDefault(new(destination, source));

    public Intention? ById(string id) => _tables.ById.TryGetValue(id, out var key) ? _tables.Intentions.GetValueOrDefault(key) : null;

    /// <summary>All that may decide about connections to a service: those naming it and those for any destination.</summary>
    public ImmutableArray<Intention> ForDestination(string name) =>
        [.. Sort(name == Intention.Wildcard ? To(name) : To(name).Concat(To(Intention.Wildcard)))];

    /// <summary>All that may decide about connections from a service.</summary>
    public ImmutableArray<Intention> ForSource(string name) => [.. All.Where(i => i.SourceName == name || i.SourceName == Intention.Wildcard)];

    /// <summary>Every destination that has intentions, in order.</summary>
    internal IEnumerable<string> Destinations => _tables.Intentions.Select(e => e.Key.First).Distinct();

    /// <summary>Those of exactly this destination, by source.</summary>
    internal IEnumerable<Intention> To(string destination) =>
        _tables.Intentions.From(new(destination, "")).TakeWhile(e => e.Key.First == destination).Select(e => e.Value);

    private static Intention[] Sort(IEnumerable<Intention> intentions) =>
    [
        .. intentions.OrderByDescending(i => i.Precedence)
            .ThenBy(i => i.SourceName, StringComparer.Ordinal)
            .ThenBy(i => i.DestinationName, StringComparer.Ordinal),
    ];
}
