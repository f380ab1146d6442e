namespace Konsul.Mesh.Server.Snapshots;

/// <summary>The archive cannot be restored; the state is as before.</summary>
internal sealed class SnapshotRefusedException(string message) : Exception(message);
