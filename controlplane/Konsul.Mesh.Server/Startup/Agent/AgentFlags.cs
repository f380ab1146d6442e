using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Hosting.Lifecycle;

namespace Konsul.Mesh.Server.Startup.Agent;

/// <summary>The command line of Consul's agent, in the syntax of Go's flags: one dash or two, <c>-name value</c> or <c>-name=value</c>, a flag without a value
/// is true. Each is a key of the configuration, or says where more of it is.</summary>
internal static class AgentFlags
{
    private enum Kind
    {
        Bool,
        Text,
        Number,
        List,
        Pair,
    }

    private static readonly Dictionary<string, (Kind Kind, string Key)> Known = new(StringComparer.Ordinal)
    {
        ["advertise"] = (Kind.Text, "advertise_addr"),
        ["advertise-wan"] = (Kind.Text, "advertise_addr_wan"),
        ["allow-write-http-from"] = (Kind.List, "allow_write_http_from"),
        ["alt-domain"] = (Kind.Text, "alt_domain"),
        ["auto-reload-config"] = (Kind.Bool, "auto_reload_config"),
        ["bind"] = (Kind.Text, "bind_addr"),
        ["bootstrap"] = (Kind.Bool, "bootstrap"),
        ["bootstrap-expect"] = (Kind.Number, "bootstrap_expect"),
        ["check_output_max_size"] = (Kind.Number, "check_output_max_size"),
        ["client"] = (Kind.Text, "client_addr"),
        ["data-dir"] = (Kind.Text, "data_dir"),
        ["datacenter"] = (Kind.Text, "datacenter"),
        ["default-query-time"] = (Kind.Text, "default_query_time"),
        ["dev"] = (Kind.Bool, "dev"),
        ["disable-host-node-id"] = (Kind.Bool, "disable_host_node_id"),
        ["disable-keyring-file"] = (Kind.Bool, "disable_keyring_file"),
        ["dns-port"] = (Kind.Number, "ports.dns"),
        ["domain"] = (Kind.Text, "domain"),
        ["enable-local-script-checks"] = (Kind.Bool, "enable_local_script_checks"),
        ["enable-script-checks"] = (Kind.Bool, "enable_script_checks"),
        ["encrypt"] = (Kind.Text, "encrypt"),
        ["grpc-port"] = (Kind.Number, "ports.grpc"),
        ["grpc-tls-port"] = (Kind.Number, "ports.grpc_tls"),
        ["http-port"] = (Kind.Number, "ports.http"),
        ["https-port"] = (Kind.Number, "ports.https"),
        ["join"] = (Kind.List, "retry_join"),
        ["log-file"] = (Kind.Text, "log_file"),
        ["log-json"] = (Kind.Bool, "log_json"),
        ["log-level"] = (Kind.Text, "log_level"),
        ["log-rotate-bytes"] = (Kind.Number, "log_rotate_bytes"),
        ["log-rotate-duration"] = (Kind.Text, "log_rotate_duration"),
        ["log-rotate-max-files"] = (Kind.Number, "log_rotate_max_files"),
        ["max-query-time"] = (Kind.Text, "max_query_time"),
        ["node"] = (Kind.Text, "node_name"),
        ["node-id"] = (Kind.Text, "node_id"),
        ["node-meta"] = (Kind.Pair, "node_meta"),
        ["pid-file"] = (Kind.Text, "pid_file"),
        ["primary-gateway"] = (Kind.List, "primary_gateways"),
        ["protocol"] = (Kind.Number, "protocol"),
        ["raft-protocol"] = (Kind.Number, "raft_protocol"),
        ["recursor"] = (Kind.List, "recursors"),
        ["rejoin"] = (Kind.Bool, "rejoin_after_leave"),
        ["retry-interval"] = (Kind.Text, "retry_interval"),
        ["retry-interval-wan"] = (Kind.Text, "retry_interval_wan"),
        ["retry-join"] = (Kind.List, "retry_join"),
        ["retry-join-wan"] = (Kind.List, "retry_join_wan"),
        ["retry-max"] = (Kind.Number, "retry_max"),
        ["retry-max-wan"] = (Kind.Number, "retry_max_wan"),
        ["segment"] = (Kind.Text, "segment"),
        ["serf-lan-allowed-cidrs"] = (Kind.List, "serf_lan_allowed_cidrs"),
        ["serf-lan-bind"] = (Kind.Text, "serf_lan_bind"),
        ["serf-lan-port"] = (Kind.Number, "ports.serf_lan"),
        ["serf-wan-allowed-cidrs"] = (Kind.List, "serf_wan_allowed_cidrs"),
        ["serf-wan-bind"] = (Kind.Text, "serf_wan_bind"),
        ["serf-wan-port"] = (Kind.Number, "ports.serf_wan"),
        ["server"] = (Kind.Bool, "server"),
        ["server-port"] = (Kind.Number, "ports.server"),
        ["syslog"] = (Kind.Bool, "syslog"),
        ["ui"] = (Kind.Bool, "ui"),
        ["ui-content-path"] = (Kind.Text, "ui_content_path"),
        ["ui-dir"] = (Kind.Text, "ui_dir"),
    };

    /// <summary>The names of flags that say where more configuration is, in order.</summary>
    public sealed record Source(string Flag, string Value);

    /// <exception cref="StartupException">Usage (64).</exception>
    public static (JsonObject Config, IReadOnlyList<Source> Sources, bool Help) Read(IReadOnlyList<string> arguments)
    {
        var (config, sources) = (new JsonObject(), new List<Source>());
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith('-'))
                throw Usage($"unexpected argument \"{Shown(arguments[i])}\"");
            var text = arguments[i].TrimStart('-');
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (text, null) : (text[..equals], text[(equals + 1)..]);
            if (name is "h" or "help")
                return (config, sources, true);
            var isSource = name is "config-file" or "config-dir" or "config-format" or "hcl";
            if (!isSource && !Known.ContainsKey(name))
                throw Usage($"flag provided but not defined: -{Shown(name)}");
            if (value is null && (isSource || Known[name].Kind != Kind.Bool))
                value = ++i < arguments.Count ? arguments[i] : throw Usage($"flag needs an argument: -{name}");
            if (isSource)
                sources.Add(new Source(name, value!));
            else
                Put(config, name, value ?? "true");
        }

        return (config, sources, false);
    }

    private static void Put(JsonObject config, string flag, string value)
    {
        var (kind, key) = Known[flag];
        JsonNode node = kind switch
        {
            Kind.Bool => Json.GoBool.TryParse(value, out var flagged) ? JsonValue.Create(flagged) : throw Usage($"invalid boolean value \"{Shown(value)}\" for -{flag}"),
            Kind.Number => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? JsonValue.Create(number)
                : throw Usage($"invalid value \"{Shown(value)}\" for flag -{flag}"),
            Kind.List => new JsonArray(JsonValue.Create(value)),
            Kind.Pair => value.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
                ? new JsonObject { [value[..colon]] = value[(colon + 1)..] }
                : throw Usage($"invalid value \"{Shown(value)}\" for flag -{flag}: want key:value"),
            _ => JsonValue.Create(value),
        };
        var dot = key.IndexOf('.', StringComparison.Ordinal);
        ConfigTree.Put(config, dot < 0 ? key : key[..dot], dot < 0 ? node : new JsonObject { [key[(dot + 1)..]] = node });
    }

    private static StartupException Usage(string sentence) => new(ExitCode.Usage, sentence);

    private static string Shown(string text) => Json.JsonValues.Shown(text);
}
