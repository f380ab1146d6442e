using System.Reflection;
using Konsul.Mesh.Hosting.Options;

namespace Konsul.Mesh.Proxy.Options;

/// <summary>The options of konsul-proxy, as users, the environment and the file name them.</summary>
internal static class ProxySchema
{
    public static OptionSchema Create() => new OptionSchema("konsul-proxy", "Carries the traffic of one workload over the mesh.", Version)
        .AddCommon()
        .Add(
            OptionSpec.List("server", "Control plane servers", "127.0.0.1:8503") with
            {
                Placeholder = "HOST:PORT,…",
                Check = text => HostPort.TryParse(text, out var address) && address is { Host.Length: > 0, Port: > 0 }
                    ? null
                    : $"must be HOST:PORT, not \"{text}\"",
            },
            OptionSpec.Secret("token", "Token sent to the control plane"),
            OptionSpec.Text("ca-cert", "Roots that vouch for the servers; without it the first server's roots are taken on trust") with { Placeholder = "FILE" },
            OptionSpec.Listen("admin-addr", "Metrics, readiness and what is in force", "127.0.0.1:9090"),
            OptionSpec.Listen("agent-addr", "Agent API for the workload; loopback only", "127.0.0.1:8502") with { Check = CheckLoopback },
            OptionSpec.Text("cache-dir", "Keep the last configuration and certificate here, to start without a control plane") with { Placeholder = "DIR" },
            OptionSpec.Duration("drain-timeout", "Longest wait for traffic in flight at the end", "30s"))
        .Verb("sidecar", "Stand beside one service",
            OptionSpec.Text("sidecar-for", "The service id whose sidecar this is; its registration is in the catalog") with { Placeholder = "SERVICE_ID" },
            OptionSpec.Text("service", "Register this service, and deregister it at the end") with { Placeholder = "NAME" },
            OptionSpec.Integer("service-port", "Where the app listens on this machine", null, 1, ushort.MaxValue),
            OptionSpec.Text("service-id", "Id of the service; default NAME-ADDRESS-PORT") with { Placeholder = "ID" },
            OptionSpec.Text("service-address", "Address announced to peers; default: the inbound listener's, else the one that reaches the server"),
            OptionSpec.Choice("protocol", "What the app speaks", "auto", "auto", "tcp", "http", "http2", "grpc"),
            OptionSpec.List("upstream", "A service that the app calls, and the local port for it; may be repeated") with
            {
                Placeholder = "NAME:LOCAL_PORT[:DATACENTER]",
                Check = text => UpstreamOption.TryParse(text, out _, out var reason) ? null : reason,
            },
            OptionSpec.Text("node", "Catalog node of the sidecar; default: the server's"),
            OptionSpec.Listen("inbound-addr", "Where peers connect; default: allotted by the server"),
            OptionSpec.Listen("outbound-addr", "Listener that routes by Host", DefaultOutbound))
        .Verb("gateway", "Not available in this version",
            OptionSpec.Choice("kind", "Kind of gateway", null, "mesh", "ingress", "terminating"),
            OptionSpec.Text("service", "Name of the gateway's service"),
            OptionSpec.Listen("listen", "Where to listen"));

    public const string DefaultOutbound = "127.0.0.1:15001";

    private static string Version { get; } =
        typeof(ProxySchema).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private static string? CheckLoopback(string text) =>
        HostPort.TryParse(text, out var address) && address is { IsListenable: true, Host.Length: > 0 } && System.Net.IPAddress.IsLoopback(address.ToEndPoint().Address)
            ? null
            : $"must be a loopback address and a port, because whoever reaches it acts with this proxy's token, not \"{text}\"";
}
