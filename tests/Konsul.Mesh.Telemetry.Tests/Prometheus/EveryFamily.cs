using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Tests.Prometheus;

/// <summary>Puts a value into everything that <see cref="MeshMetrics"/> has.</summary>
internal static class EveryFamily
{
    public static void Fill(MetricRegistry registry)
    {
        var mesh = new MeshMetrics(registry);
        var labels = new TrafficLabels
        {
            Reporter = Reporter.Source,
            SourceService = "web",
            SourcePrincipal = "spiffe://d.konsul/ns/default/dc/dc1/svc/web",
            DestinationService = "api",
            Protocol = "http",
        };
        mesh.Requests.For(labels).Record(200, ResponseFlag.None, TimeSpan.FromMilliseconds(3), 10, 2000);
        var tcp = mesh.Tcp.For(labels with { Protocol = "tcp" });
        tcp.Opened();
        tcp.Sent.Add(10);
        tcp.Received.Add(20);
        tcp.Closed(ResponseFlag.UF);
        var upstream = mesh.Upstreams.For("api.default.dc1");
        upstream.Active.Add(1);
        upstream.Healthy.Set(2);
        upstream.ConnectFailures.Increment();
        upstream.ConnectDuration.Record(0.001);
        mesh.Authorization.Allowed("i1", "web", "api").Increment();
        mesh.Authorization.Denied("", "x", "api").Increment();
        mesh.Snapshot.Version.Set(12);
        mesh.Snapshot.RejectedOf("clusters").Increment();
        mesh.Snapshot.ObserveAge(() => TimeSpan.FromSeconds(5));
        mesh.Snapshot.ObserveIdentityExpiry(() => TimeSpan.FromHours(70));
        mesh.Discovery.Streams.Add(1);
        mesh.Discovery.PushDuration.Record(0.002);
        mesh.Discovery.PushBytes("clusters").Add(100);
        mesh.Discovery.Nacks("clusters").Increment();
        mesh.Ca.Issued.Increment();
        mesh.Ca.Rejected("bad_key").Increment();
        mesh.Ca.ObserveRootExpiry(() => TimeSpan.FromDays(3650));
        mesh.Log.ProposalDuration.Record(0.0002);
        mesh.Log.Refused("no_leader").Increment();
        mesh.Log.ApplyDuration("kv_set").Record(0.00001);
        mesh.Log.Observe(() => new LogReading
        {
            IsLeader = true,
            KnowsLeader = true,
            Term = 3,
            CommitIndex = 5,
            AppliedIndex = 5,
            LastIndex = ulong.MaxValue,
            LogBytes = 4096,
            OldestLogAge = TimeSpan.FromMinutes(1),
            Voters = 3,
            Learners = 1,
            Peers = [new PeerReading("00000000000000a1", TimeSpan.FromMilliseconds(50), 4), new PeerReading("00000000000000a2", null, null)],
            Queues = [("apply", 2)],
        });
        mesh.Log.ObserveAudit(() => (5, 1, 0));
        mesh.Log.ObserveAutopilot(() => (true, 1));
        mesh.Log.ObserveObjects(sink => sink.Observe(3, "services"));
    }
}
