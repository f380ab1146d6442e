using Grpc.Core;
using Grpc.Net.Client;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Passing when the target's health service answers SERVING. Every look opens its own connection, as a client's first call would.</summary>
internal sealed class GrpcProbe : IProbe
{
    public async Task<ProbeResult> RunAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        var definition = check.Definition;
        if (!GrpcTarget.TryParse(definition.Grpc, out var target))
            return new ProbeResult(CheckStatus.Critical, $"gRPC check: \"{definition.Grpc}\" is not host:port[/service]");
        var handler = GrpcChannel.CreateDefaultHandler();
        if (definition.GrpcUseTls)
            handler.SslOptions = ProbeTls.Options(definition, target.Address.Host);
        using var channel = GrpcChannel.ForAddress(
            $"{(definition.GrpcUseTls ? "https" : "http")}://{target.Address}",
            new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = CheckOutput.DefaultMaxBytes });
        try
        {
            using var call = channel.CreateCallInvoker().AsyncUnaryCall(
                GrpcHealth.Check, null, new CallOptions(cancellationToken: cancellationToken), target.Service);
            var status = GrpcHealth.StatusIn(await call.ResponseAsync.ConfigureAwait(false));
            return status == GrpcHealth.Serving
                ? new ProbeResult(CheckStatus.Passing, $"gRPC check {definition.Grpc}: success")
                : new ProbeResult(CheckStatus.Critical, $"gRPC check {definition.Grpc}: service is {GrpcHealth.Name(status)}");
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbeResult(CheckStatus.Critical, $"gRPC check {definition.Grpc}: {e.Status.StatusCode}: {e.Status.Detail}");
        }
        catch (RpcException e)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }
}
