using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.Queries;

/// <summary>A stored question for healthy instances, asked by id or by name, over HTTP or DNS. Members keep Consul's names.</summary>
public sealed record PreparedQuery
{
    /// <summary>A UUID, given at creation.</summary>
    [JsonPropertyName("ID")]
    public string Id { get; init => field = value ?? ""; } = "";

    /// <summary>Unique among queries; may be empty. Of a template, the prefix of the names that it answers.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>The session with which the query ends; empty for none.</summary>
    public string Session { get; init => field = value ?? ""; } = "";

    /// <summary>Whose rights the query runs with; empty for the asker's.</summary>
    public string Token { get; init => field = value ?? ""; } = "";

    /// <summary>Set on every stored query.</summary>
    public QueryTemplate? Template { get; init; }

    /// <summary>Set on every stored query.</summary>
    public QueryService? Service { get; init; }

    [JsonPropertyName("DNS")]
    public QueryDns? Dns { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    [JsonIgnore]
    public bool IsTemplate => Template is { Type.Length: > 0 };
}
