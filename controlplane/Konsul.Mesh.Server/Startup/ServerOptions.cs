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
            OptionSpec.Listen("raft-addr", "Raft between servers (default 0.0.0.0:7000, with --dev 127.0.0.1:7000)") with
            {
                EnvironmentAliases = ["KONSUL_RAFT_BIND_ADDR"],
            },
            OptionSpec.Text("advertise-addr", "IP address at which others reach this server (default: what is listened on, or the host's first)"),
            OptionSpec.List("node-meta", "Said of this server's node, key:value"),
            OptionSpec.Flag("enable-script-checks", "Checks may run programs here: whoever may register a check may run what this server may"),
            OptionSpec.Text("pid-file", "Write the process id to this file") with { Placeholder = "FILE" },
            OptionSpec.Integer("bootstrap-expect", "Servers that found the cluster together: a new server waits until so many see each other", 1, 1, 9),
            OptionSpec.List("retry-join", "Raft addresses of other servers, asked until one answers") with { EnvironmentAliases = ["KONSUL_RAFT_JOIN"] },
            OptionSpec.Secret("join-token", "Secret that servers share until each has a certificate; without it first contact works over loopback only"),
            OptionSpec.Flag("cluster-enabled", "Accepted for existing deployments; --bootstrap-expect and --retry-join say it"),
            OptionSpec.Flag("raft-bootstrap", "Accepted for existing deployments; a server without data starts a new cluster"),
            OptionSpec.Choice("log", "What orders and keeps the writes: this server's own log, or an existing etcd", "raft", "raft", "etcd"),
            OptionSpec.List("etcd-endpoints", "Endpoints of etcd for --log etcd, tried in turn: HOST:PORT, http://HOST:PORT or https://HOST:PORT"),
            OptionSpec.Text("etcd-user", "User of etcd (default: none)"),
            OptionSpec.Text("etcd-password-file", "File with that user's password"),
            OptionSpec.Text("etcd-ca-cert", "PEM file with the roots that sign etcd's certificates (default: the system's)"),
            OptionSpec.Text("etcd-cert", "PEM file with the certificate to show to etcd"),
            OptionSpec.Text("etcd-key", "PEM file with its key"),
            OptionSpec.Text("etcd-prefix", "Start of every key in etcd; servers with the same one are one cluster (default /konsul/DATACENTER/)"),
            OptionSpec.Flag("acl-enabled", "Every request but probes needs the management token"),
            OptionSpec.Secret("initial-management-token", "The token that may do everything; required with --acl-enabled"),
            OptionSpec.Choice("default-intention-policy", "What holds where no intention matches (default deny, with --dev allow)", null, "allow", "deny"),
            OptionSpec.Duration("leaf-ttl", "Life of workload certificates", "72h"),
            OptionSpec.Duration("ca-root-ttl", "Life of the CA's root; the next one is made when a fifth of it is left", "87600h"),
            OptionSpec.Duration("ca-publish-wait", "How long a new root waits for servers and proxies that have not taken it", "5m"),
            OptionSpec.Duration("ca-skew", "How long an old root stays trusted after the last leaf that it signed has lapsed", "5m"),
            OptionSpec.Text("ca-kek-file", "File with the key that the CA's key is sealed under (default: the data directory's name with .kek)"),
            OptionSpec.Integer("csr-max-per-second", "Certificates signed per second at most; 0: no limit", 50),
            OptionSpec.Duration("drain-timeout", "Time for open requests to end after SIGTERM", "10s"))
        .Add(DnsSettings.Options);
}
