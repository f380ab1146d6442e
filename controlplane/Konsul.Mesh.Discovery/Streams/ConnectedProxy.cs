using System.Collections.Immutable;

namespace Konsul.Mesh.Discovery.Streams;

/// <summary>One open stream, as it stood when it was asked for.</summary>
/// <param name="ProxyId">The proxy's service id in the catalog.</param>
/// <param name="Node">Its catalog node.</param>
/// <param name="Service">The service that it stands for; empty while its registration is awaited.</param>
/// <param name="Version">What the proxy says of its own program; may be empty.</param>
/// <param name="ConnectedSince">When the stream began.</param>
/// <param name="Types">How each type stands.</param>
public sealed record ConnectedProxy(
    string ProxyId, string Node, string Service, string Version, DateTimeOffset ConnectedSince, ImmutableArray<ConnectedProxyType> Types);
