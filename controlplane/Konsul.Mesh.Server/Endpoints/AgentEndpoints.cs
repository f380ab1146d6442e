using System.Globalization;
using System.Text.Json;
using Konsul.Mesh.Model.Filtering;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/self</c>, <c>version</c>, <c>host</c> and <c>reload</c>: what this server says of itself.</summary>
internal sealed class AgentEndpoints(
    ReplicatedState state, ServerIdentity identity, MemberList members, AgentPorts ports, Action reload, TimeProvider time) : IEndpoints
{

    private static readonly FilterSchema MemberSchema =
        FilterSchema.Of(new ClusterMember("x", "x", "x", 1, "x", "x", MemberStatusCode.Alive, IsAlone: true), MemberShape.Write);

    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/agent/self") { Resource = "agent" }.Get(SelfAsync),
        new ApiRoute("/v1/agent/version") { Resource = "agent" }.Get(VersionAsync),
        new ApiRoute("/v1/agent/host").Get(HostAsync),
        new ApiRoute("/v1/agent/members") { Resource = "agent" }.Get(MembersAsync),
        new ApiRoute("/v1/agent/reload") { Resource = "agent" }.Put(ReloadAsync),
    ];

    private Task SelfAsync(ApiContext context) => context.JsonAsync(w =>
    {
        w.WriteStartObject();
        WriteConfig(w);
        WriteDebugConfig(w);
        w.WritePropertyName("Coord");
        CoordinateShape.WriteCoord(w, CoordinateShape.OfNode(state.View, identity.NodeName));
        w.WritePropertyName("Member");
        MemberShape.Write(w, members.Own);
        WriteStats(w);
        w.WriteMap("Meta", identity.Meta);
        w.WriteStartObject("xDS");
        w.WriteNumber("Port", ports.Grpc());
        w.WriteStartObject("Ports");
        w.WriteNumber("Plaintext", -1);
        w.WriteNumber("TLS", ports.Grpc());
        w.WriteEndObject();
        w.WriteEndObject();
        w.WriteEndObject();
    });

    private void WriteConfig(Utf8JsonWriter w)
    {
        w.WriteStartObject("Config");
        w.WriteString("Datacenter", identity.Datacenter);
        w.WriteString("PrimaryDatacenter", identity.PrimaryDatacenter);
        w.WriteString("NodeName", identity.NodeName);
        w.WriteString("NodeID", identity.NodeId.ToString("D"));
        w.WriteString("Revision", "");
        w.WriteBoolean("Server", true);
        w.WriteString("Version", identity.Version);
        w.WriteString("BuildDate", "0001-01-01T00:00:00Z");

        // Patroni reads it when a TTL was refused: nanoseconds.
        w.WriteNumber("SessionTTLMin", Registration.SessionTranslator.MinTtl.Ticks * 100);
        w.WriteEndObject();
    }

    private void WriteDebugConfig(Utf8JsonWriter w)
    {
        w.WriteStartObject("DebugConfig");
        w.WriteString("AdvertiseAddrLAN", identity.Address.ToString());
        w.WriteString("Datacenter", identity.Datacenter);
        w.WriteString("PrimaryDatacenter", identity.PrimaryDatacenter);
        w.WriteString("NodeName", identity.NodeName);
        w.WriteString("NodeID", identity.NodeId.ToString("D"));
        w.WriteMap("NodeMeta", identity.Meta);
        w.WriteNumber("HTTPPort", identity.HttpPort);
        w.WriteNumber("ServerPort", identity.RaftPort);
        w.WriteNumber("GRPCTLSPort", ports.Grpc());
        w.WriteBoolean("EnableRemoteScriptChecks", ports.RunsScripts);
        w.WriteBoolean("ServerMode", true);
        w.WriteString("Version", identity.Version);
        w.WriteEndObject();
    }

    private Task VersionAsync(ApiContext context) => context.JsonAsync(w =>
    {
        w.WriteStartObject();
        w.WriteString("SHA", "");
        w.WriteString("BuildDate", "0001-01-01T00:00:00Z");
        w.WriteString("HumanVersion", identity.Version);
        w.WriteString("FIPS", "");
        w.WriteEndObject();
    });

    private Task HostAsync(ApiContext context)
    {
        var host = HostReport.Read(time);
        return context.JsonAsync(host.Write);
    }

    /// <summary><c>?wan</c> names them as the pool between datacenters does.</summary>
    private Task MembersAsync(ApiContext context)
    {
        var wan = context.Query.Value("wan").Length > 0;
        var all = members.All().Select(m => wan ? m with { Name = $"{m.Name}.{m.Datacenter}" } : m);
        return FilteredReply.ListAsync(context, all, MemberShape.Write, MemberSchema);
    }

    private async Task ReloadAsync(ApiContext context)
    {
        reload();
        await context.EmptyAsync().ConfigureAwait(false);
    }

    private void WriteStats(Utf8JsonWriter w)
    {
        var status = state.Log.Status;
        w.WriteStartObject("Stats");
        w.WriteStartObject("agent");
        w.WriteString("check_monitors", "0");
        w.WriteString("services", Text(state.View.Catalog.InstancesOn(identity.NodeName).Count()));
        w.WriteString("checks", Text(state.View.Catalog.Checks(identity.NodeName).Count()));
        w.WriteEndObject();
        w.WriteStartObject("build");
        w.WriteString("version", identity.Version);
        w.WriteEndObject();
        w.WriteStartObject("consul");
        w.WriteString("leader", status.Role == LogRole.Leader ? "true" : "false");
        w.WriteString("leader_addr", state.View.Cluster.Server(status.Leader)?.RaftAddress ?? "");
        w.WriteString("server", "true");
        w.WriteString("known_datacenters", "1");
        w.WriteEndObject();
        w.WriteStartObject("raft");
        w.WriteString("state", status.Role.ToString());
        w.WriteString("term", Text(status.Term));
        w.WriteString("last_log_index", Text(status.LastIndex));
        w.WriteString("applied_index", Text(status.AppliedIndex));
        w.WriteString("num_peers", Text(Math.Max(0, state.View.Cluster.Servers.Count() - 1)));
        w.WriteEndObject();
        w.WriteStartObject("runtime");
        w.WriteString("arch", System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString());
        w.WriteString("cpu_count", Text(Environment.ProcessorCount));
        w.WriteString("os", "linux");
        w.WriteString("version", Environment.Version.ToString());
        w.WriteEndObject();
        w.WriteEndObject();
    }

    private static string Text<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);
}
