using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Startup;

/// <summary>konsul-server from its options to its exit code.</summary>
internal static class ServerProgram
{
    public static Task<int> RunAsync(ProcessEnvironment environment) =>
        ProgramRunner.RunAsync(ServerOptions.Schema, environment, ServerSettings.From, RunAsync);

    private static async Task<int> RunAsync(ProgramContext context, ServerSettings settings)
    {
        try
        {
            return await ServeAsync(context, settings).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.Drain.IsDraining)
        {
            // Asked to stop while it was still starting.
            return ExitCode.Ok;
        }
    }

    private static async Task<int> ServeAsync(ProgramContext context, ServerSettings settings)
    {
        var log = context.Logging.Factory.CreateLogger("Konsul.Mesh.Server");
        using var signals = context.WatchSignals(context.Values.Duration("drain-timeout"));
        var server = await KonsulServer.StartAsync(settings, ServerParts.Of(context), context.Drain.Draining).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            log.LogInformation("Version {Version}, node {Node}, datacenter {Datacenter}", ServerOptions.ProgramVersion, settings.NodeName, settings.Datacenter);
            log.LogInformation("HTTP API listens on {Address}", settings.Http with { Port = server.HttpPort });
            log.LogInformation("gRPC over TLS listens on {Address}", settings.Grpc with { Port = server.GrpcPort });
            foreach (var option in new[] { "dns-addr", "raft-addr" }.Where(context.Values.IsSet))
                log.LogInformation("--{Option} is accepted; nothing listens there yet", option);
            context.Ports.Add("http", server.HttpPort);
            context.Ports.Add("grpc", server.GrpcPort);
            context.Ports.Write();

            var ended = await Task.WhenAny(context.WhenDrainingAsync(), server.Failed).ConfigureAwait(false);
            if (ended == server.Failed && server.Failed.Exception is { } failure)
            {
                log.LogCritical(failure.InnerException, "The log cannot go on; this server ends");
                return ExitCode.Internal;
            }
        }

        return ExitCode.Ok;
    }
}
