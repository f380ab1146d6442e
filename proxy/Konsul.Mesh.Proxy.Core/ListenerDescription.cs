namespace Konsul.Mesh.Proxy.Core;

/// <param name="Name">As in the snapshot; <c>inbound</c> for the mTLS listener.</param>
/// <param name="Address">Where it is bound, with the real port.</param>
/// <param name="Port">The real port.</param>
/// <param name="Protocol">Declared protocol in lower case.</param>
/// <param name="Cluster">Where it leads; empty for the inbound listener and for routing by host.</param>
/// <param name="OpenConnections">Now.</param>
/// <param name="Accepted">Since it was bound.</param>
/// <param name="Refused">Closed at once because the listener was full.</param>
public sealed record ListenerDescription(
    string Name, string Address, int Port, string Protocol, string Cluster, int OpenConnections, long Accepted, long Refused);
