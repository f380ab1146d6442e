using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Proxy.Core.Identity;

/// <summary>With what handshakes are made, and against what peers are checked. A renewal or another bundle makes a new object, and connection
/// pools compare by reference.</summary>
internal sealed record PeerCredentials(WorkloadIdentity Identity, TrustBundle Bundle);
