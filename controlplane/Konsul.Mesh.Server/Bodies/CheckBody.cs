using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

/// <summary>A check as a client writes it, in a service's registration, alone, or in the catalog.</summary>
internal sealed class CheckBody
{
    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string Node { get; private set; } = "";

    public string ServiceId { get; private set; } = "";

    public string Notes { get; private set; } = "";

    public string Output { get; private set; } = "";

    /// <summary>Null: critical until a check says otherwise.</summary>
    public CheckStatus? Status { get; private set; }

    public CheckDefinition Definition { get; private set; } = new();

    /// <summary>The first kind of check asked for that is not made here.</summary>
    public string Unsupported { get; private set; } = "";

    private static readonly JsonShape<CheckBody> DefinitionShape = Describe(new JsonShape<CheckBody>(() => new CheckBody()));

    public static JsonShape<CheckBody> Shape { get; } = Describe(new JsonShape<CheckBody>(() => new CheckBody()))
        .Add("Definition", static (ref r, d, p) => d.Definition = DefinitionShape.Read(ref r, p).Definition)
        .Ignore("Type", "ExposedPort", "ServiceTags", "CreateIndex", "ModifyIndex", "Namespace", "Partition", "PeerName");

    /// <summary>The word as the API writes it; null when there is no such status.</summary>
    public static CheckStatus? ParseStatus(string word) => word switch
    {
        "passing" => CheckStatus.Passing,
        "warning" => CheckStatus.Warning,
        "critical" => CheckStatus.Critical,
        _ => null,
    };

    private static JsonShape<CheckBody> Describe(JsonShape<CheckBody> shape) => shape
        .Add("CheckID", static (ref r, d, p) => d.Id = JsonValues.String(ref r, p), "check_id")
        .Add("ID", static (ref r, d, p) => d.Id = d.Id.Length == 0 ? JsonValues.String(ref r, p) : d.Id)
        .Add("Name", static (ref r, d, p) => d.Name = JsonValues.String(ref r, p))
        .Add("Node", static (ref r, d, p) => d.Node = JsonValues.String(ref r, p))
        .Add("ServiceID", static (ref r, d, p) => d.ServiceId = JsonValues.String(ref r, p), "service_id")
        .Add("ServiceName", static (ref r, _, p) => JsonValues.String(ref r, p), "service_name")
        .Add("Notes", static (ref r, d, p) => d.Notes = JsonValues.String(ref r, p))
        .Add("Output", static (ref r, d, p) => d.Output = JsonValues.String(ref r, p))
        .Add("Status", static (ref r, d, p) => d.Status = StatusOf(JsonValues.String(ref r, p), p))
        .Add("HTTP", static (ref r, d, p) => d.Definition = d.Definition with { Http = JsonValues.String(ref r, p) })
        .Add("Method", static (ref r, d, p) => d.Definition = d.Definition with { Method = JsonValues.String(ref r, p) })
        .Add("Body", static (ref r, d, p) => d.Definition = d.Definition with { Body = JsonValues.String(ref r, p) })
        .Add("Header", static (ref r, d, p) => d.Definition = d.Definition with { Header = JsonValues.Map(ref r, p, JsonValues.Strings) })
        .Add("TCP", static (ref r, d, p) => d.Definition = d.Definition with { Tcp = JsonValues.String(ref r, p) })
        .Add("TTL", static (ref r, d, p) => d.Definition = d.Definition with { Ttl = JsonValues.Duration(ref r, p) })
        .Add("AliasNode",
            static (ref r, d, p) => d.Definition = d.Definition with { AliasNode = JsonValues.String(ref r, p) },
            "alias_node")
        .Add("AliasService",
            static (ref r, d, p) => d.Definition = d.Definition with { AliasService = JsonValues.String(ref r, p) },
            "alias_service")
        .Add("Interval", static (ref r, d, p) => d.Definition = d.Definition with { Interval = JsonValues.Duration(ref r, p) })
        .Add("Timeout", static (ref r, d, p) => d.Definition = d.Definition with { Timeout = JsonValues.Duration(ref r, p) })
        .Add("TLSServerName",
            static (ref r, d, p) => d.Definition = d.Definition with { TlsServerName = JsonValues.String(ref r, p) },
            "tls_server_name")
        .Add("TLSSkipVerify",
            static (ref r, d, p) => d.Definition = d.Definition with { TlsSkipVerify = JsonValues.Bool(ref r, p) },
            "tls_skip_verify")
        .Add("SuccessBeforePassing",
            static (ref r, d, p) => d.Definition = d.Definition with { SuccessBeforePassing = JsonValues.Count(ref r, p) },
            "success_before_passing")
        .Add("FailuresBeforeWarning",
            static (ref r, d, p) => d.Definition = d.Definition with { FailuresBeforeWarning = JsonValues.Count(ref r, p) },
            "failures_before_warning")
        .Add("FailuresBeforeCritical",
            static (ref r, d, p) => d.Definition = d.Definition with { FailuresBeforeCritical = JsonValues.Count(ref r, p) },
            "failures_before_critical")
        .Add("DeregisterCriticalServiceAfter",
            static (ref r, d, p) => d.Definition = d.Definition with { DeregisterCriticalServiceAfter = JsonValues.Duration(ref r, p) },
            "deregister_critical_service_after")
        .Add("OutputMaxSize",
            static (ref r, d, p) => d.Definition = d.Definition with { OutputMaxSize = JsonValues.Count(ref r, p) },
            "output_max_size")
        .Add("ScriptArgs",
            static (ref r, d, p) => d.Definition = d.Definition with { ScriptArgs = JsonValues.Strings(ref r, p) is { Length: > 0 } args ? args : null },
            "script_args", "Args")
        .Add("Script", static (ref r, d, p) => d.Refuse(JsonValues.String(ref r, p).Length > 0, "Script (one line for a shell, use Args)"))
        .Add("DockerContainerID", static (ref r, d, p) => d.Refuse(JsonValues.String(ref r, p).Length > 0, "Docker"), "docker_container_id")
        .Add("UDP", static (ref r, d, p) => d.Definition = d.Definition with { Udp = Given(ref r, p) })
        .Add("GRPC", static (ref r, d, p) => d.Definition = d.Definition with { Grpc = Given(ref r, p) })
        .Add("GRPCUseTLS", static (ref r, d, p) => d.Definition = d.Definition with { GrpcUseTls = JsonValues.Bool(ref r, p) }, "grpc_use_tls")
        .Add("H2PING", static (ref r, d, p) => d.Definition = d.Definition with { H2Ping = Given(ref r, p) })
        .Add("H2PingUseTLS", static (ref r, d, p) => d.Definition = d.Definition with { H2PingPlain = !JsonValues.Bool(ref r, p) }, "h2ping_use_tls")
        .Add("TCPUseTLS", static (ref r, d, p) => d.Definition = d.Definition with { TcpUseTls = JsonValues.Bool(ref r, p) }, "tcp_use_tls")
        .Add("OSService", static (ref r, d, p) => d.Refuse(JsonValues.String(ref r, p).Length > 0, "OSService"), "os_service")
        .Add("DisableRedirects",
            static (ref r, d, p) => d.Definition = d.Definition with { DisableRedirects = JsonValues.Bool(ref r, p) },
            "disable_redirects")
        .Ignore("Shell", "Token", "ProxyHTTP", "ProxyGRPC");

    private static string? Given(ref System.Text.Json.Utf8JsonReader reader, string path) => JsonValues.String(ref reader, path) is { Length: > 0 } text ? text : null;

    private static CheckStatus? StatusOf(string word, string path) => word.Length == 0
        ? null
        : ParseStatus(word) ?? throw new DecodeException($"field \"{path}\" wants passing, warning or critical, got \"{JsonValues.Shown(word)}\"");

    private void Refuse(bool asked, string kind)
    {
        if (asked && Unsupported.Length == 0)
            Unsupported = kind;
    }
}
