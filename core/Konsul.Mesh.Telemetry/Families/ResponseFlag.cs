namespace Konsul.Mesh.Telemetry.Families;

/// <summary>Why a request did not end as the destination meant it to. Envoy's short codes where the meaning is the same.</summary>
public enum ResponseFlag
{
    None,

    /// <summary>No healthy upstream instance.</summary>
    UH,

    /// <summary>Connecting to the upstream failed.</summary>
    UF,

    /// <summary>The upstream did not answer in time.</summary>
    UT,

    /// <summary>The upstream ended the connection before the response was complete.</summary>
    UC,

    /// <summary>Too many requests wait for the upstream.</summary>
    UO,

    /// <summary>No route for this host.</summary>
    NR,

    /// <summary>The client ended the connection before the response was complete.</summary>
    DC,

    /// <summary>Reset by this proxy.</summary>
    LR,

    /// <summary>Over the rate limit.</summary>
    RL,

    /// <summary>Refused by an external authority.</summary>
    UAEX,

    /// <summary>Retries or connection attempts are used up.</summary>
    URX,

    /// <summary>The client broke the protocol.</summary>
    DPE,

    /// <summary>Refused by an intention.</summary>
    INT,

    /// <summary>This proxy has no identity (yet, or any more).</summary>
    NI,
}
