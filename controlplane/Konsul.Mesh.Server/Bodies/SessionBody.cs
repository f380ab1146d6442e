using System.Collections.Immutable;
using System.Text.Json;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>What <c>/v1/session/create</c> takes; a name that it does not know means nothing, as in Consul.</summary>
internal sealed class SessionBody
{
    /// <summary>A bare number below this is a count of seconds, from it on nanoseconds: both are sent by clients.</summary>
    private const ulong SecondsBelow = 1000;

    public static readonly TimeSpan DefaultLockDelay = TimeSpan.FromSeconds(15);

    public string Name { get; private set; } = "";

    /// <summary>Empty: that of the server that is asked.</summary>
    public string Node { get; private set; } = "";

    public string Datacenter { get; private set; } = "";

    public TimeSpan LockDelay { get; private set; } = DefaultLockDelay;

    public string Behavior { get; private set; } = "";

    /// <summary>As written; empty for no limit.</summary>
    public string Ttl { get; private set; } = "";

    /// <summary>Null: none was written, so the default holds.</summary>
    public ImmutableArray<string>? NodeChecks { get; private set; }

    public ImmutableArray<SessionServiceCheck>? ServiceChecks { get; private set; }

    private static readonly JsonShape<ServiceCheckBody> ServiceCheckShape = new JsonShape<ServiceCheckBody>(() => new ServiceCheckBody())
        .Add("ID", static (ref r, d, p) => d.Id = JsonValues.String(ref r, p))
        .Add("Namespace", static (ref r, d, p) => d.Namespace = JsonValues.String(ref r, p))
        .Open();

    public static JsonShape<SessionBody> Shape { get; } = new JsonShape<SessionBody>(() => new SessionBody())
        .Add("Name", static (ref r, d, p) => d.Name = JsonValues.String(ref r, p))
        .Add("Node", static (ref r, d, p) => d.Node = JsonValues.String(ref r, p))
        .Add("Datacenter", static (ref r, d, p) => d.Datacenter = JsonValues.String(ref r, p))
        .Add("LockDelay", static (ref r, d, p) => d.LockDelay = LockDelayOf(ref r, p))
        .Add("Behavior", static (ref r, d, p) => d.Behavior = JsonValues.String(ref r, p))
        .Add("TTL", static (ref r, d, p) => d.Ttl = JsonValues.String(ref r, p))
        .Add("NodeChecks", static (ref r, d, p) => d.AddNodeChecks(JsonValues.Strings(ref r, p)))
        .Add("Checks", static (ref r, d, p) => d.AddNodeChecks(JsonValues.Strings(ref r, p)))
        .Add("ServiceChecks", static (ref r, d, p) => d.ServiceChecks = JsonValues.List(ref r, p, ServiceCheckOf))
        .Open();

    private void AddNodeChecks(ImmutableArray<string> checks) => NodeChecks = [.. (NodeChecks ?? []).Union(checks.Where(c => c.Length > 0), StringComparer.Ordinal)];

    private static SessionServiceCheck ServiceCheckOf(ref Utf8JsonReader reader, string path)
    {
        var body = ServiceCheckShape.Read(ref reader, path);
        return new SessionServiceCheck(body.Id, body.Namespace);
    }

    private static TimeSpan LockDelayOf(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out var number) && number < SecondsBelow)
            return TimeSpan.FromSeconds(number);

        // Fractions of seconds count: python clients write "0.001s".
        return reader.TokenType == JsonTokenType.String && GoDuration.TryParse(reader.GetString(), out var text) ? text : JsonValues.Duration(ref reader, path);
    }

    private sealed class ServiceCheckBody
    {
        public string Id { get; set; } = "";

        public string Namespace { get; set; } = "";
    }
}
