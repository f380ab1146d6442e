using Grpc.Core;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// Whether the caller of a gRPC method is the proxy that it says it is. Its identity is what the catalog registers for that id, never what
/// the request asks for. With ACLs the management token or a current certificate of the same service proves it; without, being registered does.
/// </summary>
internal sealed class CallerIdentity(ReplicatedState state, ServerCertificate certificate, TokenGuard guard)
{
    private const string TokenKey = "x-consul-token";

    /// <summary>The service that a proxy stands for.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT, NOT_FOUND or PERMISSION_DENIED with a sentence.</exception>
    public string Authorize(ServerCallContext context, string proxyId, string node)
    {
        if (Names.CheckId(proxyId) is { } wrong)
            throw Refusal(StatusCode.InvalidArgument, $"proxy_id {wrong}");
        var instance = state.View.Catalog.Instance(node.Length > 0 ? node : state.NodeName, proxyId) ??
            throw Refusal(StatusCode.NotFound, $"There is no registration \"{proxyId}\" on node \"{(node.Length > 0 ? node : state.NodeName)}\"");
        var service = ServiceOf(instance) ??
            throw Refusal(StatusCode.InvalidArgument, $"\"{proxyId}\" is neither a proxy nor a service that speaks mTLS itself");
        if (guard.Enabled && !HoldsLeafOf(context, service) &&
            guard.Refusal(context.RequestHeaders.GetValue(TokenKey), "service:write", service) is { } refusal)
        {
            throw Refusal(StatusCode.PermissionDenied, refusal);
        }

        return service;
    }

    private static string? ServiceOf(ServiceInstance instance) => instance switch
    {
        { Kind: ServiceKind.ConnectProxy, Proxy: { } proxy } => proxy.DestinationServiceName,
        { Kind: ServiceKind.Typical, ConnectNative: false } => null,
        _ => instance.Name,
    };

    private bool HoldsLeafOf(ServerCallContext context, string service)
    {
        var presented = context.GetHttpContext().Connection.ClientCertificate;
        return presented is not null && certificate.Verify(presented) is { Accepted: true, Id: { Service: { } held } } && held == service;
    }

    private static RpcException Refusal(StatusCode code, string sentence) => new(new Status(code, sentence));
}
