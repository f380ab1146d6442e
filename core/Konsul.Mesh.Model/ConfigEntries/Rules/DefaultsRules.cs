using System.Net;
using System.Text.Json;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

/// <summary>Of <c>service-defaults</c> and <c>proxy-defaults</c>.</summary>
internal static class DefaultsRules
{
    public static ServiceDefaults Check(ServiceDefaults entry)
    {
        Modes(entry.Mode, entry.MutualTlsMode, entry.MeshGateway, entry.TransparentProxy, entry.Expose);
        Rule.OneOf("BalanceInboundConnections", entry.BalanceInboundConnections, "exact_balance");
        Extensions(entry.EnvoyExtensions.Select(e => e.Name));
        if (entry.Destination is { } destination)
        {
            Destination(destination);
        }

        foreach (var (route, i) in (entry.RateLimits?.InstanceLevel?.Routes ?? []).Select((r, i) => (r, i)))
        {
            var at = $"RateLimits.InstanceLevel.Routes[{i}]";
            Rule.PathMatch(at, route.PathExact, route.PathPrefix, route.PathRegex);
            Rule.Require(
                route.PathExact.Length + route.PathPrefix.Length + route.PathRegex.Length > 0, at, $"{at} wants one of PathExact, PathPrefix, or PathRegex");
        }

        return entry with { Protocol = Rule.Protocol("Protocol", entry.Protocol), UpstreamConfig = Upstreams(entry.UpstreamConfig) };
    }

    public static ProxyDefaults Check(ProxyDefaults entry)
    {
        Modes(entry.Mode, entry.MutualTlsMode, entry.MeshGateway, entry.TransparentProxy, entry.Expose);
        Extensions(entry.EnvoyExtensions.Select(e => e.Name));
        ResolverRules.Policy("FailoverPolicy", entry.FailoverPolicy);
        Rule.OneOf("PrioritizeByLocality.Mode", entry.PrioritizeByLocality?.Mode ?? "", "none", "failover");
        if (entry.Config.TryGetValue("protocol", out var protocol))
        {
            Rule.Require(protocol.ValueKind == JsonValueKind.String, "Config.protocol", "Config.protocol wants a string");
            Rule.Protocol("Config.protocol", protocol.GetString()!);
        }

        if (entry.AccessLogs is { } logs)
        {
            Rule.OneOf("AccessLogs.Type", logs.Type, "stdout", "stderr", "file");
            Rule.Require(logs.JsonFormat.Length == 0 || logs.TextFormat.Length == 0, "AccessLogs", "cannot specify both access log JSONFormat and TextFormat");
            Rule.Require(
                logs.Type == "file" == logs.Path.Length > 0, "AccessLogs.Path",
                logs.Type == "file" ? "path must be specified when using file type access logs" : "path is only valid for file type access logs");
        }

        return entry;
    }

    private static void Modes(
        string mode, string mutualTls, MeshGatewayConfig? gateway, TransparentProxyConfig? transparent, ExposeConfig? expose)
    {
        Rule.OneOf("Mode", mode, "direct", "transparent");
        Rule.OneOf("MutualTLSMode", mutualTls, "strict", "permissive");
        Gateway("MeshGateway", gateway);
        Rule.Port("TransparentProxy.OutboundListenerPort", transparent?.OutboundListenerPort ?? 0);
        foreach (var (path, i) in (expose?.Paths ?? []).Select((p, i) => (p, i)))
        {
            var at = $"Expose.Paths[{i}]";
            Rule.Require(path.Path.StartsWith('/'), $"{at}.Path", $"{at}.Path doesn't start with '/': \"{ShownText.Of(path.Path)}\"");
            Rule.Port($"{at}.ListenerPort", path.ListenerPort);
            Rule.Port($"{at}.LocalPathPort", path.LocalPathPort);
            Rule.OneOf($"{at}.Protocol", path.Protocol, "http", "http2");
        }
    }

    private static void Gateway(string at, MeshGatewayConfig? gateway) => Rule.OneOf($"{at}.Mode", gateway?.Mode ?? "", "none", "local", "remote");

    private static void Extensions(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            Rule.Require(name.Length > 0, "EnvoyExtensions", "EnvoyExtensions: Name is required");
        }
    }

    private static void Destination(ServiceDestination destination)
    {
        Rule.Port("Destination.Port", destination.Port, required: true);
        Rule.Require(!destination.Addresses.IsEmpty, "Destination.Addresses", "Could not validate address: Destination.Addresses is empty");
        foreach (var address in destination.Addresses)
        {
            Rule.Require(
                IPAddress.TryParse(address, out _) || (Uri.CheckHostName(address) == UriHostNameType.Dns && !address.Contains('*')),
                "Destination.Addresses", $"Destination.Addresses: \"{ShownText.Of(address)}\" is neither an IP address nor a host name");
        }

        Rule.Require(
            destination.Addresses.Distinct(StringComparer.OrdinalIgnoreCase).Count() == destination.Addresses.Length, "Destination.Addresses",
            "Destination.Addresses holds an address twice");
    }

    private static UpstreamDefaults? Upstreams(UpstreamDefaults? upstreams)
    {
        if (upstreams is null)
        {
            return null;
        }

        Rule.Require(
            upstreams.Defaults is null || upstreams.Defaults.Name.Length == 0, "UpstreamConfig.Defaults.Name",
            "error in upstream defaults: the name must be empty");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < upstreams.Overrides.Length; i++)
        {
            var at = $"UpstreamConfig.Overrides[{i}]";
            Rule.Service($"{at}.Name", upstreams.Overrides[i].Name);
            Rule.Require(names.Add(upstreams.Overrides[i].Name), $"{at}.Name", $"{at}.Name is given twice");
        }

        return upstreams with
        {
            Defaults = upstreams.Defaults is { } defaults ? Upstream("UpstreamConfig.Defaults", defaults) : null,
            Overrides = [.. upstreams.Overrides.Select((o, i) => Upstream($"UpstreamConfig.Overrides[{i}]", o))],
        };
    }

    private static UpstreamSettings Upstream(string at, UpstreamSettings settings)
    {
        Gateway($"{at}.MeshGateway", settings.MeshGateway);
        Rule.OneOf($"{at}.BalanceOutboundConnections", settings.BalanceOutboundConnections, "exact_balance");
        HealthCheck($"{at}.PassiveHealthCheck", settings.PassiveHealthCheck);
        return settings with { Protocol = Rule.Protocol($"{at}.Protocol", settings.Protocol) };
    }

    public static void HealthCheck(string at, PassiveHealthCheck? check)
    {
        Rule.Percent($"{at}.EnforcingConsecutive5xx", check?.EnforcingConsecutive5xx ?? 0);
        Rule.Percent($"{at}.MaxEjectionPercent", check?.MaxEjectionPercent ?? 0);
    }
}
