using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.Chains;

/// <param name="Definition">The route as written, or the one for everything else.</param>
/// <param name="NextNode">Empty for a route that answers by itself.</param>
/// <param name="MirrorNode">Where copies go; empty for none.</param>
public sealed record ChainRoute(ServiceRoute Definition, string NextNode, string MirrorNode = "");
