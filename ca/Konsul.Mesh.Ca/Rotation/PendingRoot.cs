namespace Konsul.Mesh.Ca.Rotation;

/// <summary>A root that is published and does not sign yet.</summary>
/// <param name="Id">Its fingerprint.</param>
/// <param name="PublishedAt">Since when it is in the trust bundle.</param>
/// <param name="WaitUntil">When it is activated even if somebody has not taken the bundle.</param>
public sealed record PendingRoot(string Id, DateTimeOffset PublishedAt, DateTimeOffset WaitUntil);
