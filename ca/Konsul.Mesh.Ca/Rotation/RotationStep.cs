namespace Konsul.Mesh.Ca.Rotation;

/// <param name="Action">What to do now.</param>
/// <param name="RootId">The root it is about; empty when that root is still to be made, or there is nothing to do.</param>
/// <param name="Reason">A sentence for the log.</param>
/// <param name="Until">When waiting ends by itself; null: only a change ends it.</param>
public sealed record RotationStep(RotationAction Action, string RootId, string Reason, DateTimeOffset? Until = null);
