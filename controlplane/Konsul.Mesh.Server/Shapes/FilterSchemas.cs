using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Filtering;
using Konsul.Mesh.Server.Queries;

namespace Konsul.Mesh.Server.Shapes;

/// <summary>What the lists of the API can be filtered by: every field that their items may have.</summary>
internal static class FilterSchemas
{
    private const string Some = "x";
    private static readonly ImmutableSortedDictionary<string, string> AnyMap =
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [new KeyValuePair<string, string>(FilterSchema.AnyKey, Some)]);

    private static readonly Node SomeNode = new() { Id = Some, Name = Some, Address = Some, Datacenter = Some, TaggedAddresses = AnyMap, Meta = AnyMap };

    private static readonly ServiceInstance SomeService = new()
    {
        Node = Some,
        Id = Some,
        Name = Some,
        Kind = ServiceKind.ConnectProxy,
        Tags = [Some],
        Address = Some,
        Port = 1,
        SocketPath = Some,
        TaggedAddresses = ImmutableSortedDictionary.CreateRange(
            StringComparer.Ordinal, [new KeyValuePair<string, ServiceAddress>(FilterSchema.AnyKey, new ServiceAddress(Some, 1))]),
        Meta = AnyMap,
        ConnectNative = true,
        Proxy = new ProxyRegistration
        {
            DestinationServiceName = Some,
            DestinationServiceId = Some,
            LocalServiceAddress = Some,
            LocalServicePort = 1,
            ConfigJson = $$"""{"{{FilterSchema.AnyKey}}":"{{Some}}"}""",
            Upstreams = [new Upstream { DestinationName = Some, Datacenter = Some, LocalBindPort = 1 }],
        },
    };

    private static readonly HealthCheck SomeCheck = new()
    {
        Node = Some,
        CheckId = Some,
        Name = Some,
        ServiceTags = [Some],
        Definition = new CheckDefinition
        {
            Http = Some,
            Method = Some,
            Body = Some,
            Header = ImmutableSortedDictionary.CreateRange(
                StringComparer.Ordinal, [new KeyValuePair<string, ImmutableArray<string>>(FilterSchema.AnyKey, [Some])]),
            TlsSkipVerify = true,
            TlsServerName = Some,
            Tcp = Some,
            TcpUseTls = true,
            Udp = Some,
            Grpc = Some,
            GrpcUseTls = true,
            H2Ping = Some,
            ScriptArgs = [Some],
            DisableRedirects = true,
            AliasNode = Some,
            AliasService = Some,
            Interval = TimeSpan.FromSeconds(1),
            Timeout = TimeSpan.FromSeconds(1),
            Ttl = TimeSpan.FromSeconds(1),
            DeregisterCriticalServiceAfter = TimeSpan.FromSeconds(1),
        },
    };

    public static FilterSchema Node { get; } = FilterSchema.Of(SomeNode, NodeShape.Write);

    public static FilterSchema Check { get; } = FilterSchema.Of(SomeCheck, CheckShape.Write);

    /// <summary>Services under their node.</summary>
    public static FilterSchema OfNode { get; } = FilterSchema.Of(SomeService, ServiceShape.WriteOfNode);

    public static FilterSchema Agent { get; } = FilterSchema.Of(SomeService, static (w, s) => ServiceShape.WriteAgent(w, s, Some, Some));

    /// <summary>Services joined with their node.</summary>
    public static FilterSchema Joined { get; } = FilterSchema.Of(SomeService, static (w, s) => ServiceShape.WriteJoined(w, SomeNode, s));

    public static FilterSchema Entry { get; } = FilterSchema.Of(new HealthEntry(new InstanceOnNode(SomeNode, SomeService), [SomeCheck]), HealthEntryShape.Write);
}
