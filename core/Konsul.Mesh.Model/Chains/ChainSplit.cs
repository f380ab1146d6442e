using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.Chains;

/// <param name="Definition">The split as written; of a splitter behind a splitter, with the outer one's header edits put behind its own.</param>
/// <param name="Weight">In percent of the whole.</param>
/// <param name="NextNode">A resolver.</param>
public sealed record ChainSplit(ServiceSplit Definition, double Weight, string NextNode);
