using System.Collections.Immutable;

namespace Konsul.Mesh.State.Catalog;

/// <param name="Name">The service.</param>
/// <param name="Tags">The tags of all its instances, each once, sorted.</param>
/// <param name="Instances">How many there are.</param>
public sealed record ServiceSummary(string Name, ImmutableArray<string> Tags, int Instances);
