using System.Reflection;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Server.Startup;

/// <summary>The options of konsul-server: names, defaults, and the variables that existing deployments set.</summary>
internal static class ServerOptions
{
    public static string ProgramVersion { get; } =
        typeof(ServerOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    public static OptionSchema Schema { get; } = new OptionSchema(
        "konsul-server", "The control plane of Konsul Mesh: catalog, KV, intentions, certificate authority, discovery.", ProgramVersion)
        .AddCommon()
        .Add(
            OptionSpec.Flag("dev", "One node on loopback for trying out: no ACLs, intentions allow, temporary data unless --data-dir is given"),
            OptionSpec.Text("node-id", "Name of this server's node (default: the host's name)") with { EnvironmentAliases = ["KONSUL_NODE_ID"] },
            OptionSpec.Text("data-dir", "Where the log, snapshots and state are kept") with { EnvironmentAliases = ["KONSUL_PERSISTENCE_DATA_DIR"] },
            OptionSpec.Text("datacenter", "Name of the datacenter", "dc1"),
            OptionSpec.Text("primary-datacenter", "Datacenter that owns the root of trust (default: --datacenter)"),
            OptionSpec.Listen("http-addr", "HTTP API (default 0.0.0.0:8500, with --dev 127.0.0.1:8500)") with { EnvironmentAliases = ["KONSUL_ADDRESS"] },
            OptionSpec.Listen("grpc-addr", "gRPC over TLS: discovery, certificates, and the HTTP API again (default 0.0.0.0:8503, with --dev 127.0.0.1:8503)"),
            OptionSpec.Listen("dns-addr", "DNS; nothing listens there yet"),
            OptionSpec.HostPort("raft-addr", "Raft between servers; nothing listens there yet", "127.0.0.1:7000") with
            {
                EnvironmentAliases = ["KONSUL_RAFT_BIND_ADDR"],
            },
            OptionSpec.Integer("bootstrap-expect", "Servers to wait for before a first election; only 1 works yet", 1, 1, 9),
            OptionSpec.List("retry-join", "Servers to join; not yet") with { EnvironmentAliases = ["KONSUL_RAFT_JOIN"] },
            OptionSpec.Flag("cluster-enabled", "Accepted for existing deployments; one server is a cluster of one"),
            OptionSpec.Flag("raft-bootstrap", "Accepted for existing deployments; a server without data starts a new cluster"),
            OptionSpec.Choice("log", "What orders and keeps the writes; etcd not yet", "raft", "raft", "etcd"),
            OptionSpec.List("etcd-endpoints", "Endpoints of etcd for --log etcd"),
            OptionSpec.Flag("acl-enabled", "Every request but probes needs the management token"),
            OptionSpec.Secret("initial-management-token", "The token that may do everything; required with --acl-enabled"),
            OptionSpec.Choice("default-intention-policy", "What holds where no intention matches (default deny, with --dev allow)", null, "allow", "deny"),
            OptionSpec.Duration("leaf-ttl", "Life of workload certificates", "72h"),
            OptionSpec.Text("ca-kek-file", "File with the key that the CA's key is sealed under (default: the data directory's name with .kek)"),
            OptionSpec.Integer("csr-max-per-second", "Certificates signed per second at most; 0: no limit", 50),
            OptionSpec.Duration("drain-timeout", "Time for open requests to end after SIGTERM", "10s"));
}
