namespace Konsul.Mesh.Dns.Recursion;

/// <param name="Reply">What was answered.</param>
/// <param name="At">When, as a timestamp.</param>
internal sealed record KeptReply(UpstreamReply Reply, long At);
