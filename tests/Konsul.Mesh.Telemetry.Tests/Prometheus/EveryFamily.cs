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
        mesh.Log.CommitDuration.Record(0.0002);
        mesh.Log.ApplyDuration("kv-put").Record(0.00001);
        mesh.Log.ObserveCommitIndex(() => 5);
        mesh.Log.ObserveAppliedIndex(() => 5);
        mesh.Log.ObserveLastIndex(() => ulong.MaxValue);
        mesh.Log.ObserveLogBytes(() => 4096);
        mesh.Log.ObserveObjects(sink => sink.Observe(3, "services"));
    }
}
