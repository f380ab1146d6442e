namespace Konsul.Mesh.State;

/// <summary>The port of a sidecar that was registered with port 0.</summary>
public sealed record AllottedPort(string Node, string ServiceId, int Port);
