namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>When an instance that fails requests is left out, and for how long.</summary>
public sealed record PassiveHealthCheck
{
    /// <summary>Between two looks at the counters; zero for 10 s.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Failures in a row that put an instance out; 0 for 5.</summary>
    public int MaxFailures { get; init; }

    /// <summary>Chance in percent that such an instance is really put out; null for 100.</summary>
    public int? EnforcingConsecutive5xx { get; init; }

    /// <summary>Never put out more than this share of the instances; null for 10.</summary>
    public int? MaxEjectionPercent { get; init; }

    /// <summary>First time out, doubled with each further one; null for 30 s.</summary>
    public TimeSpan? BaseEjectionTime { get; init; }
}
