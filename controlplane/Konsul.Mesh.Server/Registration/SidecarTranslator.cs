using System.Globalization;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State.Catalog;

namespace Konsul.Mesh.Server.Registration;

/// <summary>What <c>Connect.SidecarService</c> stands for: a second registration that inherits from the service, and the checks it gets by default.</summary>
internal static class SidecarTranslator
{
    private static readonly TimeSpan TcpInterval = TimeSpan.FromSeconds(10);

    public static string IdOf(string serviceId) => $"{serviceId}-sidecar-proxy";

    /// <param name="service">The service it stands beside.</param>
    /// <param name="body">The sidecar as written; mostly empty.</param>
    /// <returns>With port 0 where none was given: the state machine allots one, or leaves the one that it has.</returns>
    public static ServiceInstance Translate(ServiceInstance service, ServiceBody body)
    {
        if (service.Kind != ServiceKind.Typical)
            throw ApiException.BadRequest("Invalid SidecarService: a proxy cannot have a sidecar");
        if (body.Sidecar is not null)
            throw ApiException.BadRequest("Invalid SidecarService: a sidecar cannot have a sidecar of its own");
        if (body.Id.Length > 0 && body.Id != IdOf(service.Id))
            throw ApiException.BadRequest($"Invalid SidecarService: ID is always \"{IdOf(service.Id)}\"");
        if (body.Kind is not (ServiceKind.Typical or ServiceKind.ConnectProxy))
            throw ApiException.BadRequest("Invalid SidecarService: Kind must be \"connect-proxy\"");
        ServiceTranslator.CheckAddress("Connect.SidecarService.Address", body.Address);

        return new ServiceInstance
        {
            Node = service.Node,
            Id = IdOf(service.Id),
            Name = body.Name.Length > 0 ? body.Name : $"{service.Name}-sidecar-proxy",
            Kind = ServiceKind.ConnectProxy,
            Tags = body.Tags ?? service.Tags,
            Meta = body.Meta ?? service.Meta,
            Address = body.Address.Length > 0 ? body.Address : service.Address,
            Port = body.Port,
            TaggedAddresses = body.TaggedAddresses,
            PassingWeight = body.PassingWeight,
            WarningWeight = body.WarningWeight,
            EnableTagOverride = body.EnableTagOverride,
            Proxy = ServiceTranslator.Registration(body.Proxy, service.Name, service.Id, service.Port),
        };
    }

    /// <summary>A service's id and, if it has one, its sidecar's: the two go together.</summary>
    public static IEnumerable<string> WithSidecar(CatalogView catalog, string node, string serviceId)
    {
        yield return serviceId;
        var sidecar = catalog.Instance(node, IdOf(serviceId));
        if (sidecar is { Kind: ServiceKind.ConnectProxy, Proxy: { } proxy } && proxy.DestinationServiceId == serviceId)
            yield return sidecar.Id;
    }

    /// <summary>Without a word about checks: TCP on the sidecar's port every 10 s and an alias of the service. "Checks" as an empty list
    /// leaves the alias only, for a sidecar that reports by itself; a list of checks replaces both, as in Consul.</summary>
    public static IEnumerable<HealthCheck> Checks(ServiceInstance sidecar, ServiceInstance service, ServiceBody body)
    {
        if (body.Checks.Length > 0)
            return CheckTranslator.OfService(sidecar, body.Checks);

        var alias = Default(sidecar, 2, $"Connect Sidecar Aliasing {service.Id}", CheckKind.Alias, new CheckDefinition { AliasService = service.Id });
        if (body.HasChecks)
            return [alias];

        // Port 0 stands for the port that the state machine allots.
        var host = sidecar.Address.Length > 0 ? sidecar.Address : "127.0.0.1";
        var target = string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{sidecar.Port}");
        var tcp = Default(sidecar, 1, "Connect Sidecar Listening", CheckKind.Tcp, new CheckDefinition { Tcp = target, Interval = TcpInterval });
        return [tcp, alias];
    }

    private static HealthCheck Default(ServiceInstance sidecar, int ordinal, string name, string type, CheckDefinition definition) => new()
    {
        Node = sidecar.Node,
        CheckId = string.Create(CultureInfo.InvariantCulture, $"service:{sidecar.Id}:{ordinal}"),
        Name = name,
        Type = type,
        ServiceId = sidecar.Id,
        ServiceName = sidecar.Name,
        ServiceTags = sidecar.Tags,
        Definition = definition,
    };
}
