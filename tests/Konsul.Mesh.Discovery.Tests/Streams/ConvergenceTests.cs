using System.Text;
using Konsul.Mesh.Discovery.Streams;
using Konsul.Mesh.Discovery.Translation;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.Streaming;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Tests.Streams;

/// <summary>Both pure ends against each other: whatever changes, is refused or is lost on the way, both end where a fresh proxy starts.</summary>
public sealed class ConvergenceTests
{
    private static readonly string[] Services = ["a", "b", "c", "d"];

    [Fact]
    public void AnyChangesLossesAndReconnects_EndInTheSnapshotOfAFreshProxy()
    {
        for (var seed = 1; seed <= 60; seed++)
        {
            var random = new Random(seed);
            var mesh = new TestMesh().WithCa();
            var cache = new ResourceCache();
            mesh.Register("web", 8080);
            var client = new DiscoverySession(new ProxyNode { ProxyId = "web-sidecar-proxy" });
            var link = new Link(client, random);

            for (var step = 0; step < 80; step++)
            {
                Change(mesh, random);
                if (random.Next(8) == 0)
                {
                    link.Reconnect();
                }

                link.Run(Wanted(mesh, cache), steps: random.Next(4));
            }

            link.Run(Wanted(mesh, cache), steps: int.MaxValue);
            var fresh = new Link(new DiscoverySession(new ProxyNode()), random);
            fresh.Run(Wanted(mesh, new ResourceCache()), steps: int.MaxValue);
            Assert.Equal(Show(fresh.Client.Snapshot), Show(client.Snapshot));
        }
    }

    private static void Change(TestMesh mesh, Random random)
    {
        var service = Services[random.Next(Services.Length)];
        switch (random.Next(5))
        {
            case 0:
                mesh.Register(service, 9000, service + random.Next(3), status: (CheckStatus)random.Next(3));
                break;
            case 1:
                mesh.Deregister(service + random.Next(3));
                break;
            case 2:
                mesh.Intend(service, "web", (IntentionAction)random.Next(2));
                break;
            default:
                var upstreams = Services.Where(_ => random.Next(2) == 0).Select((s, i) => TestMesh.To(s, 9100 + i)).ToArray();
                mesh.Register("web", 8080 + random.Next(2), upstreams: upstreams);
                break;
        }
    }

    private static ProxyTranslation Wanted(TestMesh mesh, ResourceCache cache) =>
        ProxyTranslator.Translate(mesh.Store.View, "n1", "web-sidecar-proxy", TestMesh.Options, cache)!;

    private static string Show(ProxySnapshot snapshot)
    {
        var text = new StringBuilder().AppendLine($"{snapshot.Service} {snapshot.Inbound}");
        text.AppendJoin('\n', snapshot.Outbound).AppendLine();
        text.AppendJoin('\n', snapshot.Routes.Values.OrderBy(r => r.Host)).AppendLine();
        text.AppendJoin('\n', snapshot.Clusters.Values.OrderBy(c => c.Name)).AppendLine();
        text.AppendJoin('\n', snapshot.Endpoints.OrderBy(e => e.Key).Select(e => $"{e.Key}: {string.Join(", ", e.Value)}")).AppendLine();
        return text.AppendJoin('\n', Services.Select(s => snapshot.Intentions.Decide(s))).ToString();
    }

    /// <summary>A connection that delivers in order, may be cut anywhere, and whose client now and then refuses a snapshot.</summary>
    private sealed class Link(DiscoverySession client, Random random)
    {
        private readonly Queue<DeltaResponse> _down = new();
        private readonly Queue<DeltaRequest> _up = new(client.Open());
        private SubscriberSession _server = new();

        public DiscoverySession Client => client;

        public void Reconnect()
        {
            _down.Clear();
            _up.Clear();
            _server = new SubscriberSession();
            client.Open().ToList().ForEach(_up.Enqueue);
        }

        public void Run(ProxyTranslation wanted, int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                while (_up.TryDequeue(out var request))
                {
                    Assert.Null(_server.Take(request, out _));
                }

                foreach (var response in _server.Next(wanted.Resources))
                {
                    _down.Enqueue(response.Clone());
                }

                if (!_down.TryDequeue(out var received))
                {
                    return;
                }

                var result = client.Receive(received);
                Assert.Null(result.Refusal);
                AssertWhole(result.Snapshot);
                _up.Enqueue(client.Accept());
            }

            if (steps > 0 && random.Next(5) == 0)
            {
                Reconnect();
            }
        }

        private static void AssertWhole(ProxySnapshot? snapshot)
        {
            var named = snapshot?.Outbound.Select(l => l.Cluster).Concat(snapshot.Routes.Values.Select(r => r.Cluster)) ?? [];
            Assert.All(named, cluster =>
            {
                Assert.True(snapshot!.Clusters.ContainsKey(cluster), cluster);
                Assert.True(snapshot.Endpoints.ContainsKey(cluster), cluster);
            });
        }
    }
}
