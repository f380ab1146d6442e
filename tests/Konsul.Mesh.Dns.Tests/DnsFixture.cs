using System.Collections.Immutable;
using System.Net;
using Konsul.Mesh.Dns.Answers;
using Konsul.Mesh.Dns.Serving;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Dns.Tests;

/// <summary>A state, and a handler that answers from it; no sockets.</summary>
internal sealed class DnsFixture
{
    private readonly byte[] _output = new byte[ushort.MaxValue];
    private ulong _index = 100;

    public DnsFixture(Func<DnsOptions, DnsOptions>? change = null, IDnsSources? sources = null, TimeProvider? time = null, IRandom? random = null)
    {
        var options = new DnsOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Datacenter = "dc1", NodeName = "n1" };
        Options = change?.Invoke(options) ?? options;
        Time = time ?? TimeProvider.System;
        Metrics = new MeshMetrics(new MetricRegistry(Time)).Dns;
        Handler = new DnsHandler(Options, () => Known ? Store.View : null, sources ?? new CatalogSources(), Metrics, random ?? SystemRandom.Instance, Time);
        Writer = Handler.NewWriter();
    }

    public DnsOptions Options { get; }

    public TimeProvider Time { get; }

    public StateStore Store { get; } = new();

    public DnsMetrics Metrics { get; }

    public DnsHandler Handler { get; }

    public ResponseWriter Writer { get; }

    public bool Known { get; set; } = true;

    public void Do(Command command)
    {
        var result = Store.Apply(++_index, CommandCodec.Encode(command));
        Assert.True(result.Success, result.Reason);
    }

    public void Node(string name, string address, ImmutableSortedDictionary<string, string>? meta = null, ImmutableSortedDictionary<string, string>? tagged = null) =>
        Do(new Register
        {
            Node = new Node
            {
                Name = name,
                Address = address,
                Datacenter = "dc1",
                Meta = meta ?? ImmutableSortedDictionary<string, string>.Empty,
                TaggedAddresses = tagged ?? ImmutableSortedDictionary<string, string>.Empty,
            },
        });

    /// <summary>Registers an instance; its node must exist.</summary>
    public void Service(
        string name, string node, int port = 80, string address = "", string? id = null, string[]? tags = null, CheckStatus? status = null,
        int passing = 1, int warning = 1, Func<ServiceInstance, ServiceInstance>? change = null)
    {
        var instance = new ServiceInstance
        {
            Node = node,
            Id = id ?? name,
            Name = name,
            Port = port,
            Address = address,
            Tags = [.. tags ?? []],
            PassingWeight = passing,
            WarningWeight = warning,
        };
        Do(new Register
        {
            Node = new Node { Name = node, Address = "" },
            SkipNodeUpdate = true,
            Services = [change?.Invoke(instance) ?? instance],
            Checks = status is { } s ? [new HealthCheck { Node = node, CheckId = "c-" + instance.Id, Name = "c", ServiceId = instance.Id, Status = s }] : [],
        });
    }

    public void Sidecar(string service, string node, int port, string address = "") => Service(
        service + "-sidecar-proxy", node, port, address,
        change: i => i with { Kind = ServiceKind.ConnectProxy, Proxy = new ProxyRegistration { DestinationServiceName = service, DestinationServiceId = service } });

    public byte[] Handle(byte[] packet, bool udp = true)
    {
        var length = Handler.Handle(packet, udp, Writer, _output);
        return _output.AsSpan(0, Math.Max(length, 0)).ToArray();
    }

    public Message Ask(string name, int type, bool udp = true, int? udpSize = null) => Message.Read(Handle(Message.Query(name, type, udpSize), udp));

    /// <summary>Also with the help of recursors.</summary>
    public async Task<Message> ResolveAsync(string name, int type, int? udpSize = null, bool recursion = true, IPAddress? source = null)
    {
        var packet = Message.Query(name, type, udpSize, recursion: recursion);
        var output = new byte[ushort.MaxValue];
        var length = Handler.Handle(packet, udp: true, Handler.NewWriter(), output);
        if (length == DnsHandler.Elsewhere)
            length = await Handler.ResolveAsync(packet, udp: true, source, output);
        return Message.Read(output.AsSpan(0, length));
    }
}
