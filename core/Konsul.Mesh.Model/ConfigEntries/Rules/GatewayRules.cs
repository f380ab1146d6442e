using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

/// <summary>Of <c>ingress-gateway</c>, <c>terminating-gateway</c> and <c>exported-services</c>: what crosses the mesh's border.</summary>
internal static class GatewayRules
{
    private const string Wildcard = "*";

    public static IngressGateway Check(IngressGateway gateway)
    {
        Tls("TLS", gateway.Tls);
        DefaultsRules.HealthCheck("Defaults.PassiveHealthCheck", gateway.Defaults?.PassiveHealthCheck);
        var ports = new HashSet<int>();
        for (var i = 0; i < gateway.Listeners.Length; i++)
        {
            var (at, listener) = ($"Listeners[{i}]", gateway.Listeners[i]);
            Rule.Port($"{at}.Port", listener.Port, required: true);
            Rule.Require(ports.Add(listener.Port), $"{at}.Port", $"port {listener.Port} declared on two listeners");
            Listener(at, listener with { Protocol = ProtocolOf(at, listener) });
        }

        return gateway with { Listeners = [.. gateway.Listeners.Select((l, i) => l with { Protocol = ProtocolOf($"Listeners[{i}]", l) })] };
    }

    public static TerminatingGateway Check(TerminatingGateway gateway)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < gateway.Services.Length; i++)
        {
            var (at, service) = ($"Services[{i}]", gateway.Services[i]);
            ServiceOrAny($"{at}.Name", service.Name);
            Rule.Require(names.Add(service.Name), at, $"Service \"{service.Name}\" was specified more than once within a gateway");
            Rule.Require(
                service.CertFile.Length > 0 == service.KeyFile.Length > 0, at,
                $"Service \"{service.Name}\" must have a CertFile and a KeyFile, or neither");
            Rule.Require(
                service.CertFile.Length == 0 || service.CaFile.Length > 0, at, $"Service \"{service.Name}\" must have a CAFile with a CertFile");
            Rule.Require(
                service.Sni.Length == 0 || service.CaFile.Length > 0, at, $"Service \"{service.Name}\" must have a CAFile with an SNI");
        }

        return gateway;
    }

    public static ExportedServices Check(ExportedServices exports)
    {
        for (var i = 0; i < exports.Services.Length; i++)
        {
            var (at, service) = ($"Services[{i}]", exports.Services[i]);
            ServiceOrAny($"{at}.Name", service.Name);
            Rule.Require(!service.Consumers.IsEmpty, $"{at}.Consumers", $"{at}: must have at least one consumer");
            foreach (var consumer in service.Consumers)
            {
                Rule.Service($"{at}.Consumers.Peer", consumer.Peer);
            }
        }

        return exports;
    }

    private static string ProtocolOf(string at, IngressListener listener) =>
        listener.Protocol.Length > 0 ? Rule.Protocol($"{at}.Protocol", listener.Protocol) : "tcp";

    private static void Listener(string at, IngressListener listener)
    {
        Tls($"{at}.TLS", listener.Tls);
        Rule.Require(!listener.Services.IsEmpty, $"{at}.Services", $"no service declared for listener with port {listener.Port}");
        var http = listener.Protocol != "tcp";
        Rule.Require(
            http || listener.Services.Length == 1, $"{at}.Services",
            $"multiple services per listener are only supported for L7 protocols, \"tcp\" on port {listener.Port}");
        var (names, hosts) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        for (var i = 0; i < listener.Services.Length; i++)
        {
            var (path, service) = ($"{at}.Services[{i}]", listener.Services[i]);
            ServiceOrAny($"{path}.Name", service.Name);
            Rule.Require(names.Add(service.Name), path, $"service {service.Name} declared on port {listener.Port} more than once");
            Rule.Require(
                service.Name != Wildcard || http, path, $"Wildcard service name is only valid for protocol http-like listeners, port {listener.Port} is tcp");
            Rule.Require(
                service.Name != Wildcard || service.Hosts.IsEmpty, path, $"Associating hosts to a wildcard service is not supported (listener on port {listener.Port})");
            Rule.Require(
                http || service.Hosts.IsEmpty, path, $"Hosts specified for a non-HTTP protocol, tcp on port {listener.Port}");
            foreach (var host in service.Hosts)
            {
                Host($"{path}.Hosts", host);
                Rule.Require(hosts.Add(host), $"{path}.Hosts", $"Hosts must be unique within a specific listener (listener on port {listener.Port})");
            }

            Rule.Modifiers($"{path}.RequestHeaders", service.RequestHeaders);
            Rule.Modifiers($"{path}.ResponseHeaders", service.ResponseHeaders);
            DefaultsRules.HealthCheck($"{path}.PassiveHealthCheck", service.PassiveHealthCheck);
        }
    }

    private static void Host(string at, string host)
    {
        var plain = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        var (name, port) = plain.LastIndexOf(':') is > 0 and var colon && int.TryParse(plain.AsSpan(colon + 1), out var number)
            ? (plain[..colon], number)
            : (plain, 1);
        Rule.Require(
            host == Wildcard || (name.Length > 0 && !name.Contains('*') && Uri.CheckHostName(name) != UriHostNameType.Unknown && port is > 0 and < 65536), at,
            $"Host \"{ShownText.Of(host)}\" must be a host name; only a leading \"*.\", or \"*\" alone, is a wildcard");
    }

    private static void ServiceOrAny(string at, string name)
    {
        if (name != Wildcard)
        {
            Rule.Service(at, name);
        }
    }

    private static void Tls(string at, GatewayTls? tls)
    {
        if (tls is null)
        {
            return;
        }

        MeshRules.TlsBounds(at, tls.TlsMinVersion, tls.TlsMaxVersion, tls.CipherSuites);
        Rule.Require(
            tls.CertFile.Length > 0 == tls.KeyFile.Length > 0, at, $"{at}: CertFile and KeyFile go together");
    }
}
