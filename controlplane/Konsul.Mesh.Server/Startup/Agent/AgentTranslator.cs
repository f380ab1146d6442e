using System.Globalization;
using System.Net;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Server.Startup.Agent;

/// <summary>From a configuration of Consul's agent to the options of konsul-server.</summary>
internal sealed class AgentTranslator
{
    private const int DefaultHttp = 8500;
    private const int DefaultDns = 8600;
    private const int DefaultServer = 8300;
    private const int DefaultGrpcTls = 8503;
    private const int DefaultSerf = 8301;

    /// <summary>Known, and without effect here: nothing gossips, nothing is sampled, and what is on by default stays on. Others are refused, as in Consul.</summary>
    private static readonly HashSet<string> WithoutEffect = new(StringComparer.Ordinal)
    {
        "advertise_addr_wan", "alt_domain", "auto_reload_config", "autopilot", "check_output_max_size", "check_update_interval", "config_entries", "connect",
        "cors", "default_query_time", "disable_anonymous_signature", "disable_coordinates", "disable_host_node_id", "disable_http_unprintable_char_filter",
        "disable_keyring_file", "disable_remote_exec", "disable_update_check", "discard_check_output", "discovery_max_stale", "dns_config", "domain",
        "enable_debug", "enable_local_script_checks", "enable_syslog", "encrypt_verify_incoming", "encrypt_verify_outgoing", "experiments", "gossip_lan",
        "gossip_wan", "http_config", "leave_on_terminate", "limits", "log_rotate_bytes", "log_rotate_duration", "log_rotate_max_files", "max_query_time",
        "node_id", "peering", "performance", "primary_gateways", "protocol", "raft_boltdb", "raft_logstore", "raft_protocol", "raft_snapshot_interval",
        "raft_snapshot_threshold", "raft_trailing_logs", "reconnect_timeout", "reconnect_timeout_wan", "recursors", "rejoin_after_leave", "reporting",
        "request_limits", "retry_interval", "retry_interval_wan", "retry_join_wan", "retry_max", "retry_max_wan", "rpc", "segment", "serf_lan",
        "serf_lan_allowed_cidrs", "serf_lan_bind", "serf_wan", "serf_wan_allowed_cidrs", "serf_wan_bind", "session_ttl_min", "skip_leave_on_interrupt",
        "syslog", "syslog_facility", "telemetry", "translate_wan_addrs", "ui", "ui_config", "ui_content_path", "ui_dir", "unix_sockets", "use_streaming_backend",
        "watches", "xds", "acl_datacenter",
    };

    private readonly AgentConfig _config;
    private readonly List<string> _options = [];

    private AgentTranslator(AgentConfig config) => _config = config;

    /// <param name="config">All of it, flags last.</param>
    /// <returns>The options, and the keys that have no effect.</returns>
    /// <exception cref="StartupException">Usage (64).</exception>
    public static (IReadOnlyList<string> Options, IReadOnlyList<string> Ignored) Translate(AgentConfig config)
    {
        var translator = new AgentTranslator(config);
        translator.Run();
        var unused = config.Unused().ToList();
        if (unused.Find(k => !WithoutEffect.Contains(k.Split('.')[0]) && !IsPartOfKnown(k)) is { } key)
        {
            throw Usage(key is "service" or "services" or "check" or "checks"
                ? $"config key {key}: services and checks are registered over the HTTP API here, not by files"
                : key is "tls" or "encrypt" or "ca_file" or "cert_file" or "key_file" or "verify_incoming" or "verify_outgoing"
                    ? $"config key {key} is refused because it would have no effect: servers and proxies have certificates of the built-in CA, see --join-token"
                    : $"invalid config key {Json.JsonValues.Shown(key)}");
        }

        return (translator._options, unused);
    }

    private static bool IsPartOfKnown(string key) => key.Split('.') is ["acl" or "ports" or "addresses", _, ..];

    private void Run()
    {
        var dev = _config.Flag("dev") ?? false;
        var server = (_config.Flag("server") ?? false) || dev;
        if (!server)
            throw Usage("konsul-server is a server: say -server (or -dev); the agent on other nodes is another program");
        Set("dev", dev);
        Set("node-id", _config.Text("node_name"));
        Set("data-dir", _config.Text("data_dir"));
        Set("datacenter", _config.Text("datacenter")?.ToLowerInvariant());
        Set("primary-datacenter", _config.Text("primary_datacenter")?.ToLowerInvariant());
        Addresses(dev);
        Cluster(dev);
        Security();
        Set("log-level", LogLevel(_config.Text("log_level")));
        if (_config.Flag("log_json") ?? false)
            Set("log-format", "json");
        Set("pid-file", _config.Text("pid_file"));
        Set("enable-script-checks", _config.Flag("enable_script_checks") ?? false);
        foreach (var (key, value) in _config.Map("node_meta"))
            Set("node-meta", $"{key}:{value}");
        _ = _config.Text("log_file");
    }

    private void Addresses(bool dev)
    {
        var client = Address("client_addr", _config.Text("client_addr")) ?? "127.0.0.1";
        var bind = Address("bind_addr", _config.Text("bind_addr")) ?? (dev ? "127.0.0.1" : "0.0.0.0");
        Listen("http-addr", Own("http") ?? client, Port("ports.http", DefaultHttp) is > 0 and var http ? http : throw Usage("ports.http: the HTTP API cannot be switched off here"));

        // One port for all gRPC, always with TLS; proxies need it, so "off" means any free one.
        var (tls, plain) = (_config.Number("ports.grpc_tls"), _config.Number("ports.grpc"));
        Listen("grpc-addr", Own("grpc_tls") ?? Own("grpc") ?? client, tls is > 0 ? tls.Value : plain is > 0 ? plain.Value : tls is null && plain is null ? DefaultGrpcTls : 0);
        if (Port("ports.dns", DefaultDns) is > 0 and var dns)
            Listen("dns-addr", Own("dns") ?? client, dns);
        else
            Set("dns-enabled", "false");
        Listen("raft-addr", bind, Port("ports.server", DefaultServer));
        Set("advertise-addr", Address("advertise_addr", _config.Text("advertise_addr")) ?? (bind is "0.0.0.0" or "::" ? null : bind));
    }

    /// <summary>An address for one protocol only.</summary>
    private string? Own(string protocol) => Address($"addresses.{protocol}", _config.Text($"addresses.{protocol}"));

    private void Cluster(bool dev)
    {
        var (expect, bootstrap) = (_config.Number("bootstrap_expect"), _config.Flag("bootstrap") ?? false);
        var serf = _config.Number("ports.serf_lan") ?? DefaultSerf;
        var join = _config.List("retry_join").Concat(_config.List("start_join")).Select(a => Joined(a, serf)).ToList();
        if (!dev && !bootstrap && expect is null && join.Count == 0)
            throw Usage("a server needs -bootstrap, -bootstrap-expect or -retry-join: alone it would wait for ever");
        if (bootstrap && expect > 1)
            throw Usage("'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive");
        if (expect is > 1)
            Set("bootstrap-expect", expect.Value.ToString(CultureInfo.InvariantCulture));
        foreach (var address in join)
            Set("retry-join", address);
    }

    /// <summary>Where Consul names the port of its gossip, the port between servers is meant here.</summary>
    private string Joined(string address, int serf)
    {
        var server = Port("ports.server", DefaultServer);
        if (HostPort.TryParse(address, out var full) && full.Host.Length > 0)
            return (full.Port == serf ? full with { Port = server } : full).ToString();
        var host = address.Trim('[', ']');
        return Uri.CheckHostName(host) != UriHostNameType.Unknown
            ? new HostPort(host, server).ToString()
            : throw Usage($"retry_join: \"{Json.JsonValues.Shown(address)}\" is neither a host nor host:port");
    }

    /// <summary>Where everything is allowed unless denied, nobody needs the management token for what there is here.</summary>
    private void Security()
    {
        var token = _config.Text("acl.tokens.initial_management") ?? _config.Text("acl.tokens.master") ?? _config.Text("acl_master_token");
        var policy = _config.Text("acl.default_policy") ?? _config.Text("acl_default_policy") ?? "allow";
        var closed = (_config.Flag("acl.enabled") ?? false) && policy == "deny";
        Set("acl-enabled", closed);
        Set("initial-management-token", closed ? token : null);
        Set("default-intention-policy", _config.Text("default_intention_policy") ?? (closed ? "deny" : "allow"));
    }

    private int Port(string path, int otherwise) => (_config.Number(path) ?? otherwise) switch
    {
        -1 => -1,
        >= 0 and <= 65535 and var port => port,
        var wrong => throw Usage($"{path}: {wrong} is not a port"),
    };

    /// <summary>One address; of several, as Consul lets one write for clients, the first.</summary>
    private static string? Address(string key, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var first = text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return IPAddress.TryParse(first, out _) ? first
            : first == "localhost" ? "127.0.0.1"
            : throw Usage($"{key}: \"{Json.JsonValues.Shown(text)}\" is not an IP address");
    }

    private static string? LogLevel(string? level) => level?.ToLowerInvariant() switch
    {
        null => null,
        "err" => "error",
        var other => other,
    };

    private void Listen(string option, string address, int port) => Set(option, new HostPort(address, Math.Max(port, 0)).ToString());

    private void Set(string option, string? value)
    {
        if (value is not null)
            _options.Add($"--{option}={value}");
    }

    private void Set(string option, bool value)
    {
        if (value)
            _options.Add($"--{option}");
    }

    private static StartupException Usage(string sentence) => new(ExitCode.Usage, sentence);
}
