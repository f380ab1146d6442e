using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Keys that are fetched.</summary>
public sealed record RemoteKeySet
{
    [JsonPropertyName("URI")]
    public string Uri { get; init => field = value ?? ""; } = "";

    /// <summary>Milliseconds; 0 for 500.</summary>
    public int RequestTimeoutMs { get; init; }

    /// <summary>Zero for 5 minutes.</summary>
    public TimeSpan CacheDuration { get; init; }

    /// <summary>Do not hold the listener back until the keys are there.</summary>
    public bool FetchAsynchronously { get; init; }

    public JwksRetryPolicy? RetryPolicy { get; init; }

    [JsonPropertyName("JWKSCluster")]
    public JwksCluster? JwksCluster { get; init; }
}
