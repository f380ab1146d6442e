using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Catalog;

/// <summary>How a check is made. Exactly one of <see cref="Http"/>, <see cref="Tcp"/>, <see cref="Ttl"/>, <see cref="AliasService"/> is set;
/// none at all for a check whose status its registrant reports.</summary>
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
