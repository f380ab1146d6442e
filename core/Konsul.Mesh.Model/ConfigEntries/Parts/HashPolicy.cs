using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>What of a request is hashed.</summary>
public sealed record HashPolicy
{
    /// <summary>header, cookie or query_parameter; empty with SourceIP.</summary>
    public string Field { get; init => field = value ?? ""; } = "";

    /// <summary>The name of the header, cookie or parameter.</summary>
    public string FieldValue { get; init => field = value ?? ""; } = "";

    public CookieConfig? CookieConfig { get; init; }

    /// <summary>The client's address; not together with Field.</summary>
    [JsonPropertyName("SourceIP")]
    public bool SourceIp { get; init; }

    /// <summary>When this one yields a hash, the later ones are not looked at.</summary>
    public bool Terminal { get; init; }
}
