namespace Konsul.Mesh.Discovery.Streams;

/// <param name="Type">listener, route, cluster, …</param>
/// <param name="Sent">Responses sent on this stream.</param>
/// <param name="Acked">Of these, accepted.</param>
/// <param name="Nacked">Of these, refused.</param>
/// <param name="LastNackError">The proxy's words when it refused last; null when it accepted something since.</param>
public sealed record ConnectedProxyType(string Type, long Sent, long Acked, long Nacked, string? LastNackError);
