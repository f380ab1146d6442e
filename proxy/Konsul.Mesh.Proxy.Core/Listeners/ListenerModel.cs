using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.Outbound;

namespace Konsul.Mesh.Proxy.Core.Listeners;

/// <summary>What a listener does with a connection; replaced as a whole by a new snapshot.</summary>
/// <param name="Name">For logs, metrics and display.</param>
/// <param name="Service">The service that the proxy stands for.</param>
/// <param name="Protocol">What clients speak; <see cref="ServiceProtocol.Auto"/> looks at the first bytes.</param>
/// <param name="Inbound">Set on the inbound listener only.</param>
/// <param name="Cluster">The destination of an upstream's listener; null on the inbound one and where the Host decides.</param>
internal sealed record ListenerModel(string Name, string Service, ServiceProtocol Protocol, InboundListener? Inbound, ClusterState? Cluster)
{
    /// <summary>A removed listener: connections that are still open are told that nothing is here any more.</summary>
    public static ListenerModel Removed { get; } = new("removed", "", ServiceProtocol.Auto, null, null);

    public bool IsHttp => Protocol is ServiceProtocol.Http or ServiceProtocol.Http2 or ServiceProtocol.Grpc;
}
