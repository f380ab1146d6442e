namespace Konsul.Mesh.Raft.Tests.Cluster;

/// <summary>A run showed what consensus forbids.</summary>
internal sealed class SafetyException(string message) : Exception(message);
