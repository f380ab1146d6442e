using System.Collections.Immutable;

namespace Konsul.Mesh.Dns;

/// <summary>What a prepared query found.</summary>
/// <param name="Endpoints">Those to answer with; already filtered.</param>
/// <param name="Datacenter">Where they are; names of nodes and addresses carry it.</param>
/// <param name="Ttl">The query's own; null: the service's.</param>
/// <param name="KeepOrder">They are sorted by nearness: answers keep that order.</param>
public sealed record DnsQueryResult(ImmutableArray<DnsEndpoint> Endpoints, string Datacenter, TimeSpan? Ttl = null, bool KeepOrder = false);
