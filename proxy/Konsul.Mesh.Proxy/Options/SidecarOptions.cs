using System.Collections.Immutable;
using System.Security.Cryptography;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Proxy.Control;

namespace Konsul.Mesh.Proxy.Options;

/// <summary>Everything a sidecar was told, checked as a whole.</summary>
internal sealed record SidecarOptions
{
    private static readonly string[] OfRegistration = ["service-port", "service-id", "service-address", "protocol", "upstream"];

    /// <summary>Set, or <see cref="Service"/> is: never both.</summary>
    public string? SidecarFor { get; private init; }

    public ServiceOptions? Service { get; private init; }

    public required ImmutableArray<HostPort> Servers { get; init; }

    public string? Token { get; private init; }

    /// <summary>From --ca-cert; null: trust on first use.</summary>
    public TrustBundle? ServerRoots { get; private init; }

    public required HostPort AdminAddress { get; init; }

    public required HostPort AgentAddress { get; init; }

    /// <summary>Null: the server allots the port.</summary>
    public HostPort? InboundAddress { get; private init; }

    public required HostPort OutboundAddress { get; init; }

    /// <summary>An address that was asked for must be had; the default one may be missing.</summary>
    public bool OutboundRequired { get; private init; }

    /// <summary>Empty: the server's.</summary>
    public string Node { get; private init; } = "";

    public string? CacheDirectory { get; private init; }

    public required TimeSpan DrainTimeout { get; init; }

    /// <exception cref="StartupException">Usage (64) or a bad --ca-cert file (65).</exception>
    public static SidecarOptions From(OptionValues values)
    {
        if (values.Verb != "sidecar")
        {
            throw Usage($"{values.Verb} is not available in this version; the verb is sidecar");
        }

        var sidecarFor = values.TextOrNull("sidecar-for");
        if (sidecarFor is null == values.TextOrNull("service") is null)
        {
            throw Usage("exactly one of --sidecar-for and --service must be given");
        }

        if (sidecarFor is not null && OfRegistration.FirstOrDefault(values.IsSet) is { } stray)
        {
            throw Usage($"option --{stray} goes with --service; with --sidecar-for the catalog has it");
        }

        if (sidecarFor is not null && Names.CheckId(sidecarFor) is { } reason)
        {
            throw Usage($"option --sidecar-for {reason}");
        }

        return new SidecarOptions
        {
            SidecarFor = sidecarFor,
            Service = sidecarFor is null ? ReadService(values) : null,
            Servers = [.. values.List("server").Select(text => HostPort.TryParse(text, out var address) ? address : default)],
            Token = values.TextOrNull("token"),
            ServerRoots = values.TextOrNull("ca-cert") is { } path ? ReadRoots(path) : null,
            AdminAddress = values.HostPort("admin-addr"),
            AgentAddress = values.HostPort("agent-addr"),
            InboundAddress = values.HostPortOrNull("inbound-addr"),
            OutboundAddress = values.HostPort("outbound-addr"),
            OutboundRequired = values.IsSet("outbound-addr"),
            Node = values.Text("node"),
            CacheDirectory = values.TextOrNull("cache-dir"),
            DrainTimeout = values.Duration("drain-timeout"),
        };
    }

    private static ServiceOptions ReadService(OptionValues values)
    {
        var name = values.Text("service");
        if (Names.CheckName(name) is { } reason)
        {
            throw Usage($"option --service {reason}, not \"{name}\"");
        }

        if (values.TextOrNull("service-id") is { } id && Names.CheckId(id) is { } badId)
        {
            throw Usage($"option --service-id {badId}");
        }

        if (values.IsSet("node"))
        {
            throw Usage("option --node goes with --sidecar-for; a service that registers itself is on its server's node");
        }

        var address = values.TextOrNull("service-address");
        if (address is not null && Uri.CheckHostName(address) == UriHostNameType.Unknown)
        {
            throw Usage($"option --service-address must be a host name or an IP address, not \"{address}\"");
        }

        var upstreams = values.List("upstream")
            .Select(text => UpstreamOption.TryParse(text, out var upstream, out var bad) ? upstream : throw Usage($"option --upstream {bad}"))
            .ToImmutableArray();
        if (upstreams.GroupBy(u => u.LocalPort).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw Usage($"option --upstream has the local port {twice.Key} twice");
        }

        return new ServiceOptions(
            name,
            values.TextOrNull("service-id"),
            values.IntegerOrNull("service-port") ?? throw Usage("option --service-port is missing; --service needs it"),
            address,
            values.Text("protocol"),
            upstreams);
    }

    private static TrustBundle ReadRoots(string path)
    {
        try
        {
            return RootsFile.Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or InvalidDataException)
        {
            throw new StartupException(ExitCode.BadFile, $"--ca-cert {path}: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static StartupException Usage(string sentence) => new(ExitCode.Usage, sentence);
}
