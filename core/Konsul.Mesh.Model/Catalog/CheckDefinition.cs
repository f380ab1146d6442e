using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.Catalog;

/// <summary>How a check is made. One of <see cref="Http"/>, <see cref="Tcp"/>, <see cref="Udp"/>, <see cref="Grpc"/>, <see cref="H2Ping"/>,
/// <see cref="ScriptArgs"/>, <see cref="Ttl"/> and an alias is set; none at all for a check whose status its registrant reports. Members that later
/// versions added are not written while unset, so that rows stay equal between versions.</summary>
public sealed record CheckDefinition
{
    public string Http { get; init; } = "";

    public string Method { get; init; } = "";

    public ImmutableSortedDictionary<string, ImmutableArray<string>> Header { get; init; } =
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    public string Body { get; init; } = "";

    public bool TlsSkipVerify { get; init; }

    public string TlsServerName { get; init; } = "";

    /// <summary>host:port</summary>
    public string Tcp { get; init; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TcpUseTls { get; init; }

    /// <summary>host:port; null when unset.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Udp { get; init; }

    /// <summary>host:port or host:port/service; null when unset.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Grpc { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool GrpcUseTls { get; init; }

    /// <summary>host:port of an HTTP/2 server; null when unset.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? H2Ping { get; init; }

    /// <summary>HTTP/2 without TLS, by prior knowledge.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool H2PingPlain { get; init; }

    /// <summary>A program and its arguments; null when unset.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<string>? ScriptArgs { get; init; }

    /// <summary>An answer 3xx counts as it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DisableRedirects { get; init; }

    public TimeSpan Ttl { get; init; }

    public string AliasNode { get; init; } = "";

    public string AliasService { get; init; } = "";

    public TimeSpan Interval { get; init; }

    /// <summary>Zero means the default of 10 s.</summary>
    public TimeSpan Timeout { get; init; }

    public int SuccessBeforePassing { get; init; }

    public int FailuresBeforeWarning { get; init; }

    public int FailuresBeforeCritical { get; init; }

    /// <summary>Zero means never.</summary>
    public TimeSpan DeregisterCriticalServiceAfter { get; init; }

    /// <summary>Longest output kept, bytes.</summary>
    public int OutputMaxSize { get; init; } = 4096;
}
