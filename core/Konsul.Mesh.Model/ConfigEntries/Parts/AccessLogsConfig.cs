using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>The proxies' access logs.</summary>
public sealed record AccessLogsConfig
{
    public bool Enabled { get; init; }

    public bool DisableListenerLogs { get; init; }

    /// <summary>stdout, stderr or file; empty for stdout.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>Of the file.</summary>
    public string Path { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("JSONFormat")]
    public string JsonFormat { get; init => field = value ?? ""; } = "";

    /// <summary>Not together with JSONFormat.</summary>
    public string TextFormat { get; init => field = value ?? ""; } = "";
}
