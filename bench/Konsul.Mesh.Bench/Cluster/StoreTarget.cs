namespace Konsul.Mesh.Bench.Cluster;

/// <summary>A request as h2load sends it over and over.</summary>
/// <param name="Uri">Where to; not used when the arguments name a list.</param>
/// <param name="Arguments">Protocol, method, headers, body, list of addresses.</param>
internal sealed record StoreTarget(Uri Uri, IReadOnlyList<string> Arguments);
