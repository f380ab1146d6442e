using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Where a route leads and how the request is treated on its way.</summary>
public sealed record ServiceRouteDestination
{
    /// <summary>Empty for the router's own.</summary>
    public string Service { get; init => field = value ?? ""; } = "";

    public string ServiceSubset { get; init => field = value ?? ""; } = "";

    /// <summary>Takes the place of the matched path or prefix.</summary>
    public string PrefixRewrite { get; init => field = value ?? ""; } = "";

    /// <summary>Zero for the resolver's or the default; negative never occurs.</summary>
    public TimeSpan RequestTimeout { get; init; }

    public TimeSpan IdleTimeout { get; init; }

    public int NumRetries { get; init; }

    public bool RetryOnConnectFailure { get; init; }

    /// <summary>Conditions such as 5xx, gateway-error, reset, connect-failure, retriable-4xx.</summary>
    public ImmutableArray<string> RetryOn { get; init => field = value.IsDefault ? [] : value; } = [];

    public ImmutableArray<int> RetryOnStatusCodes { get; init => field = value.IsDefault ? [] : value; } = [];

    public HeaderModifiers? RequestHeaders { get; init; }

    public HeaderModifiers? ResponseHeaders { get; init; }
}
