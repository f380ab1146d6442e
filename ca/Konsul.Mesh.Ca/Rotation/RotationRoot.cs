namespace Konsul.Mesh.Ca.Rotation;

/// <summary>A root as far as the planner looks at it.</summary>
/// <param name="Id">Its fingerprint.</param>
/// <param name="NotBefore">The start of its life.</param>
/// <param name="NotAfter">The end of its life.</param>
/// <param name="TrustedUntil">When it is to be removed; set when it has signed its last leaf.</param>
public sealed record RotationRoot(string Id, DateTimeOffset NotBefore, DateTimeOffset NotAfter, DateTimeOffset? TrustedUntil = null);
