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
        using var signals = context.WatchSignals(settings.DrainTimeout);

        // Until it is disposed of: time is up only for a drain that somebody holds open.
        using var work = context.Drain.Watch();
        using var pid = PidFile.Write(context.Values.TextOrNull("pid-file"));
        var server = await KonsulServer.StartAsync(settings, ServerParts.Of(context), context.Drain.Draining, Bound).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            var ended = await Task.WhenAny(context.WhenDrainingAsync(), server.Failed).ConfigureAwait(false);
            if (ended == server.Failed && server.Failed.Exception is { } failure)
            {
                log.LogCritical(failure.InnerException, "The log cannot go on; this server ends");

                // Nobody shall wait here for what cannot come any more, nor be served from what may be wrong.
                context.Drain.Force();
                return ExitCode.Internal;
            }

            await server.DrainAsync().ConfigureAwait(false);
        }

        return ExitCode.Ok;

        void Bound(KonsulServer server)
        {
            log.LogInformation("Version {Version}, node {Node}, datacenter {Datacenter}", ServerOptions.ProgramVersion, settings.NodeName, settings.Datacenter);
            log.LogInformation("HTTP API listens on {Address}", settings.Http with { Port = server.HttpPort });
            log.LogInformation("gRPC over TLS listens on {Address}", settings.Grpc with { Port = server.GrpcPort });
            if (settings.Etcd is null)
                log.LogInformation("Raft listens on {Address}", settings.Raft with { Port = server.RaftPort });
            if (server.Dns is { } dns)
                log.LogInformation("DNS listens on {Address}, UDP and TCP", dns);
            context.Ports.Add("http", server.HttpPort);
            context.Ports.Add("grpc", server.GrpcPort);
            if (server.Dns is not null)
                context.Ports.Add("dns", server.Dns.Port);
            if (settings.Etcd is null)
                context.Ports.Add("raft", server.RaftPort);
            context.Ports.Write();
        }
    }
}
