namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>A sidecar's or gateway's registration.</summary>
internal readonly record struct ProxyKey(string Node, string Id);
