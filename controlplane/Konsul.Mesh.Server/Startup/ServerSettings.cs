using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Intentions;

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

    public HostPort Raft { get; init; } = new("127.0.0.1", 7000);

    /// <summary>Null while ACLs are off.</summary>
    public string? ManagementToken { get; init; }

    public IntentionAction DefaultIntention { get; init; } = IntentionAction.Deny;

    public TimeSpan LeafTtl { get; init; } = TimeSpan.FromHours(72);

    /// <summary>0: no limit.</summary>
    public int CsrMaxPerSecond { get; init; } = 50;

    /// <summary>A directory to remove at the end; null keeps everything.</summary>
    public string? Temporary { get; init; }

    /// <exception cref="StartupException">Usage (64): an option that contradicts others, or asks for what does not exist yet.</exception>
    public static ServerSettings From(OptionValues values)
    {
        RefuseWhatIsNotThere(values);
        var dev = values.Flag("dev");
        var host = dev ? "127.0.0.1" : "0.0.0.0";
        var datacenter = Named(values.Text("datacenter"), "datacenter");
        var primary = values.TextOrNull("primary-datacenter") is { } named ? Named(named, "primary-datacenter") : datacenter;
        var node = Named(values.TextOrNull("node-id") ?? HostName(), "node-id");
        var token = Token(values);
        var leafTtl = values.Duration("leaf-ttl") is { TotalSeconds: >= 1 } ttl ? ttl : throw Usage("--leaf-ttl must be at least 1s");
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
            Raft = values.HostPort("raft-addr"),
            ManagementToken = token,
            DefaultIntention = (values.TextOrNull("default-intention-policy") ?? (dev ? "allow" : "deny")) == "allow" ? IntentionAction.Allow : IntentionAction.Deny,
            LeafTtl = leafTtl,
            CsrMaxPerSecond = values.Integer("csr-max-per-second"),
            Temporary = temporary,
        };
    }

    private static void RefuseWhatIsNotThere(OptionValues values)
    {
        if (values.Integer("bootstrap-expect") > 1)
            throw Usage("--bootstrap-expect above 1 does not work yet: this version runs one server");
        if (values.List("retry-join").Count > 0)
            throw Usage("--retry-join does not work yet: this version runs one server");
        if (values.Text("log") == "etcd" || values.List("etcd-endpoints").Count > 0)
            throw Usage("--log etcd and --etcd-endpoints do not work yet: this version keeps its own log");
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
