using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Chains;

/// <summary>Spreads requests by weight. A splitter never leads to another: theirs are multiplied into one.</summary>
/// <param name="Name">The service, with its namespace and partition.</param>
/// <param name="Splits">Their weights sum to 100, up to rounding.</param>
public sealed record SplitterNode(string Name, ImmutableArray<ChainSplit> Splits) : ChainNode(Name)
{
    public override string Type => "splitter";
}
