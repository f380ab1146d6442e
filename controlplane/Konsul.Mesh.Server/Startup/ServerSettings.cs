using System.Collections.Immutable;
using System.Net;
using Konsul.Mesh.Dns;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Server.Certificates;

namespace Konsul.Mesh.Server.Startup;

/// <summary>What the server runs with, compiled from the options and checked before anything is opened or bound.</summary>
internal sealed record ServerSettings
{
    public required string NodeName { get; init; }

    /// <summary>Made when missing.</summary>
    public required string DataDirectory { get; init; }

    public required string KekFile { get; init; }

    public string Datacenter { get; init; } = "dc1";

    public string PrimaryDatacenter { get; init; } = "dc1";

    public required HostPort Http { get; init; }

    public required HostPort Grpc { get; init; }

    /// <summary>Null: no DNS.</summary>
    public DnsOptions? Dns { get; init; }

    public HostPort Raft { get; init; } = new("127.0.0.1", 0);

    /// <summary>Nobody asked for this port: when it is taken, another one will do.</summary>
    public bool RaftPortIsFree { get; init; }

    /// <summary>Where others reach this server; null: derived from what it listens on.</summary>
    public IPAddress? Advertise { get; init; }

    /// <summary>What is said of this server's node.</summary>
    public ImmutableSortedDictionary<string, string> NodeMeta { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Whether checks may run programs of this machine, whoever registers them.</summary>
    public bool EnableScriptChecks { get; init; }

    /// <summary>Null while ACLs are off.</summary>
    public string? ManagementToken { get; init; }

    public IntentionAction DefaultIntention { get; init; } = IntentionAction.Deny;

    /// <summary>Until an operator sets something else for the cluster.</summary>
    public CaSettings Ca { get; init; } = new();

    /// <summary>How many servers found the cluster together.</summary>
    public int BootstrapExpect { get; init; } = 1;

    /// <summary>Where other servers may be found.</summary>
    public ImmutableArray<PeerAddress> RetryJoin { get; init; } = [];

    /// <summary>Null: first contact over loopback only.</summary>
    public JoinToken? JoinToken { get; init; }

    /// <summary>Null: the log is this server's own.</summary>
    public EtcdSettings? Etcd { get; init; }

    /// <summary>How long open requests may take to end after the server was asked to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A directory to remove at the end; null keeps everything.</summary>
    public string? Temporary { get; init; }

    /// <exception cref="StartupException">Usage (64): an option that contradicts others, or asks for what does not exist yet.</exception>
    public static ServerSettings From(OptionValues values)
    {
        var dev = values.Flag("dev");
        var host = dev ? "127.0.0.1" : "0.0.0.0";
        var datacenter = Named(values.Text("datacenter"), "datacenter");
        var primary = values.TextOrNull("primary-datacenter") is { } named ? Named(named, "primary-datacenter") : datacenter;
        var node = Named(values.TextOrNull("node-id") ?? HostName(), "node-id");
        var token = Token(values);
        var ca = Certificates(values);
        var etcd = EtcdSettings.From(values, datacenter);
        var dns = DnsSettings.From(values, host, datacenter, node, token);
        var (expect, join) = (values.Integer("bootstrap-expect"), JoinAddresses(values));
        if (etcd is not null && (expect > 1 || !join.IsEmpty))
            throw Usage("--bootstrap-expect and --retry-join have no place with --log etcd: etcd joins the servers");
        if (expect > 1 && join.IsEmpty)
            throw Usage($"--bootstrap-expect {expect} needs --retry-join: the addresses of the other servers");
        if (!dev && values.TextOrNull("data-dir") is null)
            throw Usage("--data-dir is required (or --dev, to try it out with temporary data)");

        // Made last, when nothing can be refused any more.
        var temporary = values.TextOrNull("data-dir") is null ? Directory.CreateTempSubdirectory("konsul-server-").FullName : null;
        var data = Path.GetFullPath(temporary is null ? values.Text("data-dir") : Path.Combine(temporary, "data"));
        return new ServerSettings
        {
            NodeName = node,
            DataDirectory = data,
            KekFile = Path.GetFullPath(values.TextOrNull("ca-kek-file") ?? data.TrimEnd(Path.DirectorySeparatorChar) + ".kek"),
            Datacenter = datacenter,
            PrimaryDatacenter = primary,
            Http = values.HostPortOrNull("http-addr") ?? new HostPort(host, 8500),
            Grpc = values.HostPortOrNull("grpc-addr") ?? new HostPort(host, 8503),
            Dns = dns,
            Raft = values.HostPortOrNull("raft-addr") ?? new HostPort(host, 7000),
            RaftPortIsFree = dev && values.HostPortOrNull("raft-addr") is null,
            ManagementToken = token,
            DefaultIntention = (values.TextOrNull("default-intention-policy") ?? (dev ? "allow" : "deny")) == "allow" ? IntentionAction.Allow : IntentionAction.Deny,
            Ca = ca,
            Advertise = AdvertiseAddress(values),
            NodeMeta = Meta(values),
            EnableScriptChecks = values.Flag("enable-script-checks"),
            Etcd = etcd,
            BootstrapExpect = expect,
            RetryJoin = join,
            JoinToken = Join(values),
            DrainTimeout = values.Duration("drain-timeout"),
            Temporary = temporary,
        };
    }

    private static CaSettings Certificates(OptionValues values)
    {
        var leaf = values.Duration("leaf-ttl") is { TotalSeconds: >= 1 } ttl ? ttl : throw Usage("--leaf-ttl must be at least 1s");
        var root = values.Duration("ca-root-ttl");
        return new CaSettings
        {
            LeafTtl = leaf,
            RootTtl = root >= CaSettings.LeavesInARoot * leaf ? root : throw Usage($"--ca-root-ttl must be at least {CaSettings.LeavesInARoot} times --leaf-ttl"),
            CsrMaxPerSecond = values.Integer("csr-max-per-second"),
            PublishWait = values.Duration("ca-publish-wait"),
            Skew = values.Duration("ca-skew"),
        };
    }

    private static IPAddress? AdvertiseAddress(OptionValues values) => values.TextOrNull("advertise-addr") is not { } text ? null
        : IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) ? address
        : throw Usage($"--advertise-addr: \"{text}\" is not an IP address that others can connect to");

    private static ImmutableSortedDictionary<string, string> Meta(OptionValues values)
    {
        var meta = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var pair in values.List("node-meta"))
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                throw Usage($"--node-meta: \"{pair}\" is not key:value");
            meta[pair[..colon]] = pair[(colon + 1)..];
        }

        return meta.ToImmutable();
    }

    private static ImmutableArray<PeerAddress> JoinAddresses(OptionValues values) =>
    [
        .. values.List("retry-join").Select(text => PeerAddress.TryParse(text, out var address)
            ? address
            : throw Usage($"--retry-join: \"{text}\" is not host:port")),
    ];

    private static JoinToken? Join(OptionValues values)
    {
        if (values.TextOrNull("join-token") is not { } token)
            return null;
        try
        {
            return JoinToken.Create(token);
        }
        catch (ArgumentException)
        {
            throw Usage($"--join-token must have {JoinToken.MinLength} to {JoinToken.MaxLength} characters");
        }
    }

    private static string? Token(OptionValues values)
    {
        var token = values.TextOrNull("initial-management-token");
        if (!values.Flag("acl-enabled"))
            return null;
        return token ?? throw Usage("--acl-enabled needs --initial-management-token");
    }

    private static string Named(string name, string option) =>
        Names.CheckName(name) is { } wrong ? throw Usage($"--{option} {wrong}: \"{name}\"") : name;

    /// <summary>The host's name as far as it is a name of ours.</summary>
    private static string HostName()
    {
        var name = new string([.. Environment.MachineName.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '-')]).Trim('-', '.');
        return name.Length > 0 ? name : "konsul";
    }

    private static StartupException Usage(string sentence) => new(ExitCode.Usage, sentence);
}
