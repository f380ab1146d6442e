using System.Collections.Immutable;
using System.Net;

namespace Konsul.Mesh.Dns;

/// <summary>How DNS is served; the names follow Consul's <c>dns_config</c>.</summary>
public sealed record DnsOptions
{
    /// <summary>UDP and TCP; port 0 asks for a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Nobody asked for this port: when it is taken, another one will do.</summary>
    public bool PortIsFree { get; init; }

    public required string Datacenter { get; init; }

    /// <summary>This server's node: the name server of the zones while the cluster's table of servers is empty.</summary>
    public required string NodeName { get; init; }

    /// <summary>The zones that are served; reverse names point into the first.</summary>
    public ImmutableArray<string> Zones { get; init; } = ["konsul", "consul"];

    /// <summary>Whether a text can be a zone's name.</summary>
    public static bool IsZone(string name) => Wire.DomainName.FromText(name) is { Length: < 128 };

    /// <summary>Of records of nodes and addresses.</summary>
    public TimeSpan NodeTtl { get; init; }

    /// <summary>By service; <c>*</c> alone or behind a prefix stands for all that begin so, the longest wins. Without a match: 0.</summary>
    public ImmutableDictionary<string, TimeSpan> ServiceTtl { get; init; } = ImmutableDictionary<string, TimeSpan>.Empty;

    /// <summary>Leaves out instances with a warning, too.</summary>
    public bool OnlyPassing { get; init; }

    /// <summary>Sets TC when a UDP answer was cut, so that the client asks again over TCP.</summary>
    public bool EnableTruncate { get; init; }

    /// <summary>Most answers for a service over UDP to a client without EDNS; at most 8.</summary>
    public int UdpAnswerLimit { get; init; } = 3;

    /// <summary>Most addresses in any answer; 0: no limit.</summary>
    public int ARecordLimit { get; init; }

    /// <summary>Adds a node's meta as TXT to answers that ask for its address.</summary>
    public bool NodeMetaTxt { get; init; } = true;

    /// <summary>The longest UDP answer, whatever a client offers; bytes, 512 to 65,000.</summary>
    public int MaxUdpSize { get; init; } = 4096;

    public SoaOptions Soa { get; init; } = new();

    /// <summary>Where names outside the zones are asked for; none: they are refused.</summary>
    public ImmutableArray<IPEndPoint> Recursors { get; init; } = [];

    /// <summary>Asks them in random order instead of the given one.</summary>
    public bool RandomRecursor { get; init; }

    /// <summary>For one recursor's answer.</summary>
    public TimeSpan RecursorTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Answers of recursors that are kept, and at most 4 KiB each.</summary>
    public int RecursorCacheEntries { get; init; } = 10_000;

    /// <summary>Further connections are closed at once.</summary>
    public int MaxTcpConnections { get; init; } = 1024;

    /// <summary>A connection without a query for so long is closed.</summary>
    public TimeSpan TcpIdle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>UDP answers per second to one source (an IPv4 address, an IPv6 /64); beyond, answers are dropped or cut. 0: no limit.</summary>
    public int ResponsesPerSecond { get; init; }

    /// <summary>Refuses every name in the zones: nobody may read the catalog without a token, and DNS has none.</summary>
    public bool RefuseZones { get; init; }
}
