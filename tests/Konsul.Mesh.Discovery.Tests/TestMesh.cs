using System.Collections.Immutable;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.Wire.Mapping;

namespace Konsul.Mesh.Discovery.Tests;

/// <summary>A state store that tests change by commands, as the log would.</summary>
internal sealed class TestMesh
{
    private static readonly CertFactory Certificates = new(clusterId: ClusterId);
    private ulong _index;

    public static Guid ClusterId { get; } = Guid.Parse("11111111-2222-3333-4444-555555555555");

    public static DiscoveryOptions Options { get; } = new() { Datacenter = "dc1", NodeName = "n1", DefaultAllow = true };

    public StateStore Store { get; } = new();

    public TestMesh WithCa()
    {
        Apply(new InitializeCa
        {
            ClusterId = ClusterId,
            Roots =
            [
                new CaRoot
                {
                    Id = "r1", Name = "root", Certificate = Certificates.Bundle.Roots[0], Active = true, CreatedAt = DateTimeOffset.UnixEpoch,
                },
            ],
        });
        return this;
    }

    public ApplyResult Apply(Command command)
    {
        var result = Store.Apply(++_index, CommandCodec.Encode(command));
        Assert.True(result.Success, result.Reason);
        return result;
    }

    /// <summary>A service with its sidecar and a check "app:id" of the service.</summary>
    public void Register(string service, int port, string? id = null, string node = "n1", CheckStatus status = CheckStatus.Passing, params Upstream[] upstreams)
    {
        id ??= service;
        var app = new ServiceInstance { Node = node, Id = id, Name = service, Port = port };
        var sidecar = new ServiceInstance
        {
            Node = node,
            Id = SidecarOf(id),
            Name = service + "-sidecar-proxy",
            Kind = ServiceKind.ConnectProxy,
            Proxy = new ProxyRegistration
            {
                DestinationServiceName = service,
                DestinationServiceId = id,
                LocalServicePort = port,
                Upstreams = [.. upstreams],
            },
        };
        Apply(new Register
        {
            Node = new Node { Name = node, Address = node == "n1" ? "10.0.0.1" : "10.0.0.2" },
            Services = [app, sidecar],
            Checks = [new HealthCheck { Node = node, CheckId = "app:" + id, Name = "app", ServiceId = id, Status = status }],
        });
    }

    public void Deregister(string id, string node = "n1") => Apply(new Deregister { Node = node, ServiceIds = [id, SidecarOf(id)] });

    public void SetStatus(string id, CheckStatus status, string node = "n1", string output = "") => Apply(new UpdateChecks
    {
        Updates = [new CheckUpdate { Node = node, CheckId = "app:" + id, Status = status, Output = output }],
    });

    public void Intend(string source, string destination, IntentionAction action) => Apply(new UpsertIntention
    {
        Intention = new Intention { Id = $"{source}>{destination}", SourceName = source, DestinationName = destination, Action = action },
    });

    public static string SidecarOf(string id) => id + "-sidecar-proxy";

    public static Upstream To(string service, int port, string datacenter = "") =>
        new() { DestinationName = service, LocalBindPort = port, Datacenter = datacenter };

    public static string ClusterOf(string service) => ResourceNames.Cluster(service, "default", "dc1");
}
