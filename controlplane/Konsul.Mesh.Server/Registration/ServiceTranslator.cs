using System.Collections.Immutable;
using System.Net;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Registration;

/// <summary>From a service as written to an instance of the catalog; every refusal names the field.</summary>
internal static class ServiceTranslator
{
    private const int MaxMetaKeys = 64;
    private const int MaxMetaKeyLength = 128;
    private const int MaxMetaValueLength = 512;

    public static ServiceInstance Translate(ServiceBody body, string node)
    {
        if (body.Name.Length == 0)
            throw ApiException.BadRequest("Missing service name");
        Require(Names.CheckName(body.Name), $"Invalid service name: Name \"{JsonValues.Shown(body.Name)}\"");
        var id = body.Id.Length > 0 ? body.Id : body.Name;
        Require(Names.CheckId(id), "Invalid service ID: ID");
        CheckAddress("Address", body.Address);
        foreach (var (tag, address) in body.TaggedAddresses)
            CheckAddress($"TaggedAddresses.{tag}", address.Address);
        CheckMeta("Invalid Service Meta", body.Meta ?? ImmutableSortedDictionary<string, string>.Empty);

        var instance = new ServiceInstance
        {
            Node = node,
            Id = id,
            Name = body.Name,
            Kind = body.Kind,
            Tags = body.Tags ?? [],
            Address = body.Address,
            Port = body.Port,
            SocketPath = body.SocketPath,
            TaggedAddresses = body.TaggedAddresses,
            Meta = body.Meta ?? ImmutableSortedDictionary<string, string>.Empty,
            PassingWeight = body.PassingWeight,
            WarningWeight = body.WarningWeight,
            EnableTagOverride = body.EnableTagOverride,
            ConnectNative = body.ConnectNative,
        };
        return body.Kind == ServiceKind.Typical ? RefuseProxy(body, instance) : instance with { Proxy = Proxy(body, body.Kind) };
    }

    /// <summary>What a proxy was registered with; <paramref name="kind"/> decides what must be there.</summary>
    public static ProxyRegistration Proxy(ServiceBody body, ServiceKind kind)
    {
        var proxy = body.Proxy;
        if (kind == ServiceKind.ConnectProxy)
        {
            Require(
                string.IsNullOrEmpty(proxy?.DestinationServiceName) ? "must be non-empty for Connect proxy services" : Names.CheckName(proxy.DestinationServiceName),
                "Proxy.DestinationServiceName");
            if (body.Port == 0 && body.SocketPath.Length == 0)
                throw ApiException.BadRequest("Port or SocketPath must be set for a Connect proxy");
        }

        return Registration(proxy, proxy?.DestinationServiceName ?? "", proxy?.DestinationServiceId ?? "", 0);
    }

    public static ProxyRegistration Registration(ProxyBody? proxy, string destinationName, string destinationId, int servicePort)
    {
        var upstreams = proxy?.Upstreams ?? [];
        CheckUpstreams(upstreams);
        return new ProxyRegistration
        {
            DestinationServiceName = destinationName,
            DestinationServiceId = destinationId,
            LocalServiceAddress = proxy is { LocalServiceAddress.Length: > 0 } ? CheckLocal(proxy.LocalServiceAddress) : "127.0.0.1",
            LocalServicePort = proxy is { LocalServicePort: > 0 } ? proxy.LocalServicePort : servicePort,
            Protocol = proxy?.Protocol ?? ServiceProtocol.Auto,
            ConfigJson = proxy?.ConfigJson ?? "",
            Upstreams = upstreams,
        };
    }

    public static void CheckMeta(string prefix, ImmutableSortedDictionary<string, string> meta)
    {
        if (meta.Count > MaxMetaKeys)
            throw ApiException.BadRequest($"{prefix}: Node metadata cannot contain more than {MaxMetaKeys} key/value pairs");
        foreach (var (key, value) in meta)
        {
            var wrong = key.Length is 0 or > MaxMetaKeyLength ? $"must have 1 to {MaxMetaKeyLength} characters"
                : !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? "may hold only letters, digits, '-', '_' and '.'"
                : value.Length > MaxMetaValueLength ? $"has a value of more than {MaxMetaValueLength} characters"
                : null;
            Require(wrong, $"{prefix}: key \"{JsonValues.Shown(key)}\"");
        }
    }

    /// <summary>An address that others are to connect to: an IP or a host name, never the wildcard.</summary>
    public static void CheckAddress(string field, string address)
    {
        if (address.Length == 0)
            return;
        if (IPAddress.TryParse(address, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)))
            throw ApiException.BadRequest($"Invalid service address: {field} must not be {address}, nobody can connect to that");
        if (address.Length > Names.MaxIdLength || Uri.CheckHostName(address) == UriHostNameType.Unknown)
            throw ApiException.BadRequest($"Invalid service address: {field} \"{JsonValues.Shown(address)}\" is neither an IP address nor a host name");
    }

    private static ServiceInstance RefuseProxy(ServiceBody body, ServiceInstance instance)
    {
        if (body.Proxy is { DestinationServiceName.Length: > 0 })
            throw ApiException.BadRequest("Proxy.DestinationServiceName is for Kind \"connect-proxy\"");
        return instance;
    }

    private static void CheckUpstreams(ImmutableArray<Upstream> upstreams)
    {
        var taken = new HashSet<(string, int)>();
        for (var i = 0; i < upstreams.Length; i++)
        {
            var (upstream, field) = (upstreams[i], $"Proxy.Upstreams[{i}]");
            Require(Names.CheckName(upstream.DestinationName), $"{field}.DestinationName \"{JsonValues.Shown(upstream.DestinationName)}\"");
            Require(upstream.Datacenter.Length == 0 ? null : Names.CheckName(upstream.Datacenter), $"{field}.Datacenter");
            if (upstream.LocalBindPort == 0)
                throw ApiException.BadRequest($"{field}.LocalBindPort must be set (1 to 65535)");
            Require(IPAddress.TryParse(upstream.LocalBindAddress, out _) ? null : "must be an IP address", $"{field}.LocalBindAddress");
            if (!taken.Add((upstream.LocalBindAddress, upstream.LocalBindPort)))
                throw ApiException.BadRequest($"{field}.LocalBindPort {upstream.LocalBindPort} is taken by another upstream of this proxy");
        }
    }

    private static string CheckLocal(string address)
    {
        CheckAddress("Proxy.LocalServiceAddress", address);
        return address;
    }

    private static void Require(string? wrong, string what)
    {
        if (wrong is not null)
            throw ApiException.BadRequest($"{what} {wrong}");
    }
}
