using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.State.Queries;

/// <summary>An instance, its node, and the checks that decide about it.</summary>
public sealed record QueryInstance(Node Node, ServiceInstance Service, ImmutableArray<HealthCheck> Checks);
