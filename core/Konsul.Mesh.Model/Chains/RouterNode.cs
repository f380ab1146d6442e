using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Chains;

/// <summary>Decides by what a request asks for.</summary>
/// <param name="Name">The service, with its namespace and partition.</param>
/// <param name="Routes">The first that matches decides; the last one matches everything.</param>
public sealed record RouterNode(string Name, ImmutableArray<ChainRoute> Routes) : ChainNode(Name)
{
    public override string Type => "router";
}
