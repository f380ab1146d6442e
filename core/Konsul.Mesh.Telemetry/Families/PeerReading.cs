namespace Konsul.Mesh.Telemetry.Families;

/// <param name="Id">The server's id.</param>
/// <param name="SinceContact">Since it was last heard of; null where it never was.</param>
/// <param name="LastIndex">The last entry that is known to be on its disk; null where this server does not know.</param>
public sealed record PeerReading(string Id, TimeSpan? SinceContact, ulong? LastIndex);
