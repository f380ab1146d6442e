namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>When keys cannot be fetched.</summary>
public sealed record JwksRetryPolicy
{
    public int NumRetries { get; init; }

    public JwksBackOff? RetryPolicyBackOff { get; init; }
}
