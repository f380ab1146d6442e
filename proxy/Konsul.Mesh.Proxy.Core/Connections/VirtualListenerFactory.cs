using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>The seam below Kestrel: whatever transport accepts connections hands them in here.</summary>
internal sealed class VirtualListenerFactory : IConnectionListenerFactory
{
    public VirtualListener Http1 { get; } = new(VirtualEndPoint.Http1);

    public VirtualListener Http2 { get; } = new(VirtualEndPoint.Http2);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(ReferenceEquals(endpoint, VirtualEndPoint.Http2) ? Http2 : Http1);
}
