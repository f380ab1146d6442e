using System.Collections.Immutable;
using System.Net;
using Konsul.Mesh.Dns;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Server.Startup;

/// <summary>The options of DNS, checked.</summary>
internal static class DnsSettings
{
    private const int Port = 8600;
    private const int RecursorPort = 53;

    /// <summary>Those that stand in the server's schema.</summary>
    public static OptionSpec[] Options { get; } =
    [
        OptionSpec.Listen("dns-addr", "DNS over UDP and TCP (default 0.0.0.0:8600, with --dev 127.0.0.1:8600)"),
        OptionSpec.Choice("dns-enabled", "Whether DNS is served", "true", "true", "false"),
        OptionSpec.List("dns-domain", "Zones that DNS answers for; reverse names point into the first", "konsul,consul"),
        OptionSpec.Secret("dns-token", "Token that DNS reads with while ACLs are on; without it the zones are refused"),
        OptionSpec.Duration("dns-node-ttl", "TTL of addresses of nodes", "0s"),
        OptionSpec.List("dns-service-ttl", "TTL by service: NAME=TTL, PREFIX*=TTL or *=TTL; without a match 0s") with { Check = TtlRefusal },
        OptionSpec.Flag("dns-only-passing", "Leaves out instances with a warning, too"),
        OptionSpec.Flag("dns-enable-truncate", "Sets TC when a UDP answer was cut"),
        OptionSpec.Choice("dns-node-meta-txt", "Adds a node's meta as TXT to answers with its address", "true", "true", "false"),
        OptionSpec.Integer("dns-udp-answer-limit", "Most answers for a service over UDP without EDNS; never more than 8", 3, 1),
        OptionSpec.Integer("dns-a-record-limit", "Most addresses in any answer; 0: no limit", 0),
        OptionSpec.Integer("dns-udp-max-size", "Longest UDP answer in bytes, whatever a client offers", 4096, 512, 65_000),
        OptionSpec.List("dns-recursors", "Servers that are asked for names outside the zones: IP or IP:PORT") with { Check = RecursorRefusal },
        OptionSpec.Duration("dns-recursor-timeout", "Time for one recursor to answer", "2s"),
        OptionSpec.Choice("dns-recursor-strategy", "Order in which recursors are asked", "sequential", "sequential", "random"),
        OptionSpec.Integer("dns-recursor-cache", "Answers of recursors that are kept at most", 10_000, 1, 1_000_000),
        OptionSpec.Duration("dns-soa-refresh", "Refresh time in the zones' SOA", "1h"),
        OptionSpec.Duration("dns-soa-retry", "Retry time in the zones' SOA", "10m"),
        OptionSpec.Duration("dns-soa-expire", "Expire time in the zones' SOA", "24h"),
        OptionSpec.Duration("dns-soa-min-ttl", "How long clients may remember that a name does not exist", "0s"),
        OptionSpec.Integer("dns-max-connections", "TCP connections at once", 1024, 1),
        OptionSpec.Integer("dns-responses-per-second", "UDP answers per second to one source; 0: no limit", 0),
    ];

    /// <summary>Null: DNS is off.</summary>
    /// <exception cref="StartupException">Usage (64): an option that contradicts others.</exception>
    public static DnsOptions? From(OptionValues values, string defaultHost, string datacenter, string node, string? managementToken)
    {
        if (!Yes(values, "dns-enabled"))
            return null;
        var given = values.HostPortOrNull("dns-addr");
        var listen = (given ?? new HostPort(defaultHost, Port)).ToEndPoint();
        var recursors = values.List("dns-recursors").Select(r => Recursor(r)!).ToImmutableArray();
        if (recursors.FirstOrDefault(r => IsSelf(r, listen)) is { } self)
            throw Usage($"--dns-recursors names this server itself: {self}");
        var zones = values.List("dns-domain").Select(z => z.TrimEnd('.').ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToImmutableArray();
        if (zones.IsEmpty || zones.FirstOrDefault(z => !DnsOptions.IsZone(z)) is not null)
            throw Usage($"--dns-domain must name domains, not \"{values.Text("dns-domain")}\"");
        return new DnsOptions
        {
            Listen = listen,
            PortIsFree = given is null && values.Flag("dev"),
            Datacenter = datacenter,
            NodeName = node,
            Zones = zones,
            NodeTtl = values.Duration("dns-node-ttl"),
            ServiceTtl = Ttls(values.List("dns-service-ttl")),
            OnlyPassing = values.Flag("dns-only-passing"),
            EnableTruncate = values.Flag("dns-enable-truncate"),
            NodeMetaTxt = Yes(values, "dns-node-meta-txt"),
            UdpAnswerLimit = values.Integer("dns-udp-answer-limit"),
            ARecordLimit = values.Integer("dns-a-record-limit"),
            MaxUdpSize = values.Integer("dns-udp-max-size"),
            Soa = new SoaOptions
            {
                Refresh = values.Duration("dns-soa-refresh"),
                Retry = values.Duration("dns-soa-retry"),
                Expire = values.Duration("dns-soa-expire"),
                MinTtl = values.Duration("dns-soa-min-ttl"),
            },
            Recursors = recursors,
            RandomRecursor = values.Text("dns-recursor-strategy") == "random",
            RecursorTimeout = values.Duration("dns-recursor-timeout") is { TotalMilliseconds: >= 1 } timeout
                ? timeout
                : throw Usage("--dns-recursor-timeout must be at least 1ms"),
            RecursorCacheEntries = values.Integer("dns-recursor-cache"),
            MaxTcpConnections = values.Integer("dns-max-connections"),
            ResponsesPerSecond = values.Integer("dns-responses-per-second"),
            RefuseZones = managementToken is not null && values.TextOrNull("dns-token") != managementToken,
        };
    }

    private static bool Yes(OptionValues values, string name) => values.Text(name) == "true";

    private static bool IsSelf(IPEndPoint recursor, IPEndPoint listen) =>
        recursor.Port == listen.Port && listen.Port != 0
        && (recursor.Address.Equals(listen.Address) || (IPAddress.IsLoopback(recursor.Address) && (listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any))));

    /// <summary>Of two for the same service the later holds.</summary>
    private static ImmutableDictionary<string, TimeSpan> Ttls(IEnumerable<string> texts)
    {
        var ttls = ImmutableDictionary.CreateBuilder<string, TimeSpan>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in texts)
        {
            var equals = text.LastIndexOf('=');
            ttls[text[..equals]] = GoDuration.Parse(text[(equals + 1)..]);
        }

        return ttls.ToImmutable();
    }

    private static string? TtlRefusal(string text) =>
        text.LastIndexOf('=') is > 0 and var at && GoDuration.TryParse(text[(at + 1)..], out _) ? null : $"must be NAME=TTL such as api=5s, not \"{text}\"";

    private static IPEndPoint? Recursor(string text) =>
        !text.StartsWith('[') && IPAddress.TryParse(text, out var address) && (address.ToString() == text || text.Contains(':', StringComparison.Ordinal))
            ? new IPEndPoint(address, RecursorPort)
            : HostPort.TryParse(text, out var both) && both.Port > 0 && IPAddress.TryParse(both.Host, out address) ? new IPEndPoint(address, both.Port) : null;

    private static string? RecursorRefusal(string text) => Recursor(text) is null ? $"must be an IP address with or without a port, not \"{text}\"" : null;

    private static StartupException Usage(string sentence) => new(ExitCode.Usage, sentence);
}
