using System.Text.Json;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.Server.Shapes;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/operator/autopilot/*</c>: how the leader looks after the servers, and how they are.</summary>
internal sealed class AutopilotEndpoints(ReplicatedState state, Func<CancellationToken, Task<ClusterHealth>> health) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/operator/autopilot/configuration").Get(ConfigurationAsync).Put(ConfigureAsync),
        new ApiRoute("/v1/operator/autopilot/health").Get(HealthAsync),
        new ApiRoute("/v1/operator/autopilot/state").Get(StateAsync),
    ];

    private async Task ConfigurationAsync(ApiContext context)
    {
        if (context.Read.Consistency != "stale")
            await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
        var config = state.View.Cluster.Autopilot;
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteBoolean("CleanupDeadServers", config.CleanupDeadServers);
            w.WriteDuration("LastContactThreshold", config.LastContactThreshold);
            w.WriteNumber("MaxTrailingLogs", config.MaxTrailingLogs);
            w.WriteNumber("MinQuorum", config.MinQuorum);
            w.WriteDuration("ServerStabilizationTime", config.ServerStabilizationTime);
            w.WriteString("RedundancyZoneTag", "");
            w.WriteBoolean("DisableUpgradeMigration", false);
            w.WriteString("UpgradeVersionTag", "");
            w.WriteIndexes(config.CreateIndex, config.ModifyIndex);
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task ConfigureAsync(ApiContext context)
    {
        var body = await context.DecodeAsync(AutopilotBody.Shape).ConfigureAwait(false);
        var result = await state.ProposeAsync(new SetAutopilot { Config = body.Config, Cas = CasParameter.Of(context.Query) }, context.Aborted).ConfigureAwait(false);
        await context.BoolAsync(result.CasHeld).ConfigureAwait(false);
    }

    private async Task HealthAsync(ApiContext context)
    {
        var shown = await health(context.Aborted).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteBoolean("Healthy", shown.IsHealthy);
            w.WriteNumber("FailureTolerance", shown.FailureTolerance);
            w.WriteStartArray("Servers");
            foreach (var server in shown.Servers)
                Write(w, server);
            w.WriteEndArray();
            w.WriteEndObject();
        }, shown.IsHealthy ? 200 : 429).ConfigureAwait(false);
    }

    private async Task StateAsync(ApiContext context)
    {
        var shown = await health(context.Aborted).ConfigureAwait(false);
        await context.JsonAsync(w =>
        {
            w.WriteStartObject();
            w.WriteBoolean("Healthy", shown.IsHealthy);
            w.WriteNumber("FailureTolerance", shown.FailureTolerance);
            w.WriteNumber("OptimisticFailureTolerance", shown.FailureTolerance);
            w.WriteString("Leader", shown.Servers.FirstOrDefault(s => s.IsLeader) is { } leader ? leader.Id : "");
            w.WriteStrings("Voters", shown.Servers.Where(s => s.IsVoter).Select(s => s.Id));
            w.WriteStartObject("Servers");
            foreach (var server in shown.Servers)
            {
                w.WritePropertyName(server.Id);
                Write(w, server);
            }

            w.WriteEndObject();
            w.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter w, ServerHealth server)
    {
        w.WriteStartObject();
        w.WriteString("ID", server.Id);
        w.WriteString("Name", server.Name);
        w.WriteString("Address", server.Address);
        w.WriteString("SerfStatus", server.SinceContact is null || !server.IsHealthy ? "failed" : "alive");
        w.WriteString("Version", server.Version);
        w.WriteBoolean("Leader", server.IsLeader);
        w.WriteDuration("LastContact", server.SinceContact ?? TimeSpan.FromTicks(-1));
        w.WriteNumber("LastTerm", server.LastTerm);
        w.WriteNumber("LastIndex", server.LastIndex);
        w.WriteBoolean("Healthy", server.IsHealthy);
        w.WriteBoolean("Voter", server.IsVoter);
        w.WriteTime("StableSince", server.StableSince);
        w.WriteEndObject();
    }
}
