using Konsul.Mesh.Discovery.Translation;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Discovery.Tests.Translation;

/// <summary>What the liveness of a server's node means for sidecars that were registered through it.</summary>
public sealed class LivenessTests
{
    private readonly StateStore _store = new();
    private ulong _index;

    [Fact]
    public void Translate_NodeGoneSidecarKnown_GoesByTheSidecarsOwnStream()
    {
        Register(CheckStatus.Critical, Check("sidecar:s", CheckStatus.Passing, "s", LivenessChecks.SidecarType));
        Assert.Single(EndpointsTranslator.Translate(_store.View, "web"));

        Register(CheckStatus.Passing, Check("sidecar:s", CheckStatus.Critical, "s", LivenessChecks.SidecarType));
        Assert.Empty(EndpointsTranslator.Translate(_store.View, "web"));
    }

    [Fact]
    public void Translate_NodeGoneSidecarNeverSeen_IsGoneToo()
    {
        Register(CheckStatus.Critical);
        Assert.Empty(EndpointsTranslator.Translate(_store.View, "web"));

        Register(CheckStatus.Passing);
        Assert.Single(EndpointsTranslator.Translate(_store.View, "web"));
    }

    private void Register(CheckStatus node, params HealthCheck[] checks)
    {
        var command = new Register
        {
            Node = new Node { Name = "n", Address = "10.0.0.1" },
            Services =
            [
                new ServiceInstance { Node = "n", Id = "web", Name = "web" },
                new ServiceInstance
                {
                    Node = "n", Id = "s", Name = "s", Kind = ServiceKind.ConnectProxy, Port = 1,
                    Proxy = new ProxyRegistration { DestinationServiceName = "web", DestinationServiceId = "web" },
                },
            ],
            Checks = [Check(LivenessChecks.NodeCheckId, node, "", ""), .. checks],
        };
        Assert.True(_store.Apply(++_index, CommandCodec.Encode(command)).Success);
    }

    private static HealthCheck Check(string id, CheckStatus status, string service, string type) =>
        new() { Node = "n", CheckId = id, Name = id, Status = status, ServiceId = service, Type = type };
}
