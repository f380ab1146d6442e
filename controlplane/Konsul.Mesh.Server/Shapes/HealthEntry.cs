using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Queries;

namespace Konsul.Mesh.Server.Shapes;

/// <param name="Instance">The instance with its node.</param>
/// <param name="Checks">The node's, then its own.</param>
internal sealed record HealthEntry(InstanceOnNode Instance, IReadOnlyList<HealthCheck> Checks);
