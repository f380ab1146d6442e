namespace Konsul.Mesh.Hosting.Options;

public enum OptionKind
{
    Text,

    /// <summary>Text that is masked wherever the configuration is shown.</summary>
    Secret,
    Flag,
    Integer,

    /// <summary>Go syntax: <c>30s</c>, <c>1m30s</c>, <c>100ms</c>.</summary>
    Duration,

    /// <summary><c>host:port</c>; the host may be empty (any address) or an IPv6 literal in brackets.</summary>
    HostPort,

    /// <summary>Comma separated; the flag may be repeated.</summary>
    List,

    /// <summary>One word of a fixed set.</summary>
    Choice,
}
