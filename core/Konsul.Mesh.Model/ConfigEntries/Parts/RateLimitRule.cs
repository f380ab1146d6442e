using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One budget per combination of key values.</summary>
public sealed record RateLimitRule
{
    /// <summary>Unique in the entry.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Null takes everything.</summary>
    public RateLimitMatch? Match { get; init; }

    /// <summary>
    /// client-ip, source-service, path, route, method, header:NAME, cookie:NAME, jwt:CLAIM; a request belongs to the budget of all of
    /// them together, none given means one budget.
    /// </summary>
    public ImmutableArray<string> Key { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>requests (default), connections or bytes; the latter two for TCP services.</summary>
    public string Unit { get; init => field = value ?? ""; } = "";

    /// <summary>Units per window.</summary>
    public long Limit { get; init; }

    public TimeSpan Window { get; init; }

    /// <summary>Units at once; 0 for Limit.</summary>
    public long Burst { get; init; }

    /// <summary>leased (default), local, exact or sliding-log.</summary>
    public string Mode { get; init => field = value ?? ""; } = "";

    /// <summary>reject (default), delay or log-only.</summary>
    public string OnLimit { get; init => field = value ?? ""; } = "";

    /// <summary>Of delay; zero for 1 s.</summary>
    public TimeSpan MaxDelay { get; init; }

    /// <summary>local (default), open or closed.</summary>
    public string OnBackendFailure { get; init => field = value ?? ""; } = "";

    /// <summary>Units that a request counts; 0 for 1.</summary>
    public int Weight { get; init; }

    /// <summary>A header of the request that says how many units it counts.</summary>
    public string WeightHeader { get; init => field = value ?? ""; } = "";

    /// <summary>Key values held at most; 0 for 100000.</summary>
    public int MaxKeys { get; init; }
}
