using System.Globalization;
using System.Text.Json;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary><c>/v1/agent/self</c> and <c>members</c>: what this server says of itself.</summary>
internal sealed class AgentEndpoints(ReplicatedState state, ServerIdentity identity, Func<int> grpcPort) : IEndpoints
{
    public IEnumerable<ApiRoute> Routes =>
    [
        new ApiRoute("/v1/agent/self") { Resource = "agent" }.Get(SelfAsync),
        new ApiRoute("/v1/agent/version") { Resource = "agent" }.Get(VersionAsync),
        new ApiRoute("/v1/agent/members") { Resource = "agent" }.Get(MembersAsync),
    ];

    private Task SelfAsync(ApiContext context) => context.JsonAsync(w =>
    {
        w.WriteStartObject();
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
        w.WriteStartObject("DebugConfig");
        w.WriteEndObject();
        w.WriteNull("Coord");
        w.WritePropertyName("Member");
        WriteMember(w);
        WriteStats(w);
        w.WriteStartObject("Meta");
        w.WriteEndObject();
        w.WriteStartObject("xDS");
        w.WriteNumber("Port", grpcPort());
        w.WriteStartObject("Ports");
        w.WriteNumber("Plaintext", -1);
        w.WriteNumber("TLS", grpcPort());
        w.WriteEndObject();
        w.WriteEndObject();
        w.WriteEndObject();
    });

    private Task VersionAsync(ApiContext context) => context.JsonAsync(w =>
    {
        w.WriteStartObject();
        w.WriteString("HumanVersion", identity.Version);
        w.WriteString("SHA", "");
        w.WriteEndObject();
    });

    private Task MembersAsync(ApiContext context)
    {
        FilteredReply.RefuseFilter(context);
        return context.JsonAsync(w =>
        {
            w.WriteStartArray();
            WriteMember(w);
            w.WriteEndArray();
        });
    }

    private void WriteMember(Utf8JsonWriter w)
    {
        w.WriteStartObject();
        w.WriteString("Name", identity.NodeName);
        w.WriteString("Addr", identity.Address.ToString());
        w.WriteNumber("Port", identity.RaftPort);
        w.WriteStartObject("Tags");
        w.WriteString("role", "consul");
        w.WriteString("dc", identity.Datacenter);
        w.WriteString("id", identity.NodeId.ToString("D"));
        w.WriteString("build", identity.Version);
        w.WriteString("port", identity.RaftPort.ToString(CultureInfo.InvariantCulture));
        w.WriteString("bootstrap", "1");
        w.WriteEndObject();
        w.WriteNumber("Status", 1);
        foreach (var name in (ReadOnlySpan<string>)["ProtocolMin", "ProtocolMax", "ProtocolCur", "DelegateMin", "DelegateMax", "DelegateCur"])
            w.WriteNumber(name, name.StartsWith('P') ? 2 : 5);
        w.WriteEndObject();
    }

    private void WriteStats(Utf8JsonWriter w)
    {
        var status = state.Log.Status;
        w.WriteStartObject("Stats");
        w.WriteStartObject("raft");
        w.WriteString("state", status.Role.ToString());
        w.WriteString("term", status.Term.ToString(CultureInfo.InvariantCulture));
        w.WriteString("last_log_index", status.LastIndex.ToString(CultureInfo.InvariantCulture));
        w.WriteString("applied_index", status.AppliedIndex.ToString(CultureInfo.InvariantCulture));
        w.WriteEndObject();
        w.WriteEndObject();
    }
}
