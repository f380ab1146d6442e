namespace Konsul.Mesh.Model.Snapshots;

/// <summary>Which cluster answers for a Host or :authority on the outbound listener: exact host, lower case, without port.</summary>
public sealed record Route(string Host, string Cluster);
