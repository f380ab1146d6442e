using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.Telemetry.Tests.Prometheus;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Telemetry.Tests.Families;

public sealed class MeshMetricsTests : IDisposable
{
    private readonly MetricRegistry _registry = new(new ManualTimeProvider());

    public void Dispose() => _registry.Dispose();

    [Theory]
    [InlineData("konsul_mesh_requests_total{reporter=\"source\",source_service=\"web\",source_namespace=\"default\",source_principal=\"spiffe://d.konsul/ns/default/dc/dc1/svc/web\",destination_service=\"api\",destination_namespace=\"default\",request_protocol=\"http\",http_response_status_code=\"200\",rpc_status_code=\"\",response_flags=\"-\",connection_security_policy=\"mutual_tls\"} 1")]
    [InlineData("konsul_mesh_request_duration_seconds_count{")]
    [InlineData("konsul_mesh_request_body_size_bytes_sum{reporter=\"source\",source_service=\"web\",destination_service=\"api\"} 10")]
    [InlineData("konsul_mesh_response_body_size_bytes_sum{reporter=\"source\",source_service=\"web\",destination_service=\"api\"} 2000")]
    [InlineData("konsul_mesh_tcp_connections_opened_total{")]
    [InlineData("konsul_mesh_tcp_connections_closed_total{")]
    [InlineData("konsul_mesh_tcp_sent_bytes_total{")]
    [InlineData("konsul_mesh_tcp_received_bytes_total{")]
    [InlineData("konsul_proxy_upstream_active{cluster=\"api.default.dc1\"} 1")]
    [InlineData("konsul_proxy_upstream_healthy{cluster=\"api.default.dc1\"} 2")]
    [InlineData("konsul_proxy_upstream_connect_failures_total{cluster=\"api.default.dc1\"} 1")]
    [InlineData("konsul_proxy_upstream_connect_duration_seconds_count{cluster=\"api.default.dc1\"} 1")]
    [InlineData("konsul_proxy_authz_allowed_total{intention_id=\"i1\",source=\"web\",destination=\"api\"} 1")]
    [InlineData("konsul_proxy_authz_denied_total{intention_id=\"\",source=\"x\",destination=\"api\"} 1")]
    [InlineData("konsul_proxy_snapshot_version 12")]
    [InlineData("konsul_proxy_snapshot_age_seconds 5")]
    [InlineData("konsul_proxy_snapshot_rejected_total{type=\"clusters\"} 1")]
    [InlineData("konsul_proxy_identity_expiry_seconds 252000")]
    [InlineData("konsul_discovery_streams 1")]
    [InlineData("konsul_discovery_push_bytes_total{type=\"clusters\"} 100")]
    [InlineData("konsul_discovery_push_duration_seconds_count 1")]
    [InlineData("konsul_discovery_nacks_total{type=\"clusters\"} 1")]
    [InlineData("konsul_ca_issued_total 1")]
    [InlineData("konsul_ca_rejected_total{reason=\"bad_key\"} 1")]
    [InlineData("konsul_ca_root_expiry_seconds 315360000")]
    [InlineData("konsul_raft_proposal_duration_seconds_count 1")]
    [InlineData("konsul_raft_proposals_refused_total{reason=\"no_leader\"} 1")]
    [InlineData("konsul_raft_leader 1")]
    [InlineData("konsul_raft_term 3")]
    [InlineData("konsul_raft_members{role=\"voter\"} 3")]
    [InlineData("konsul_raft_members{role=\"learner\"} 1")]
    [InlineData("konsul_raft_last_contact_seconds{peer=\"00000000000000a1\"} 0.05")]
    [InlineData("konsul_raft_peer_last_index{peer=\"00000000000000a1\"} 4")]
    [InlineData("konsul_raft_log_oldest_age_seconds 60")]
    [InlineData("konsul_raft_queue{queue=\"apply\"} 2")]
    [InlineData("konsul_raft_state_agreed_index 5")]
    [InlineData("konsul_raft_state_differing{verdict=\"diverged\"} 1")]
    [InlineData("konsul_autopilot_healthy 1")]
    [InlineData("konsul_autopilot_failure_tolerance 1")]
    [InlineData("konsul_raft_commit_index 5")]
    [InlineData("konsul_raft_applied_index 5")]
    [InlineData("konsul_raft_last_index 1.8446744073709552e+19")]
    [InlineData("konsul_raft_log_bytes 4096")]
    [InlineData("konsul_state_apply_duration_seconds_count{command=\"kv_set\"} 1")]
    [InlineData("konsul_state_objects{table=\"services\"} 3")]
    public void Page_FilledFamilies_HasTheContractsNames(string sample)
    {
        EveryFamily.Fill(_registry);

        Assert.Contains("\n" + sample, Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Page_PeerNeverHeardOf_HasNoSeries()
    {
        EveryFamily.Fill(_registry);

        Assert.DoesNotContain("00000000000000a2", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Page_UnusedGroups_AreAbsent()
    {
        _ = new MeshMetrics(_registry).Ca;

        var page = Page.Of(_registry);

        Assert.Contains("konsul_ca_issued_total 0", page, StringComparison.Ordinal);
        Assert.DoesNotContain("konsul_raft", page, StringComparison.Ordinal);
        Assert.DoesNotContain("konsul_proxy", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, null, ResponseFlag.None, "http_response_status_code=\"200\",rpc_status_code=\"\",response_flags=\"-\"")]
    [InlineData(503, null, ResponseFlag.UH, "http_response_status_code=\"503\",rpc_status_code=\"\",response_flags=\"UH\"")]
    [InlineData(200, 0, ResponseFlag.None, "http_response_status_code=\"200\",rpc_status_code=\"0\",response_flags=\"-\"")]
    [InlineData(200, 99, ResponseFlag.None, "http_response_status_code=\"200\",rpc_status_code=\"2\",response_flags=\"-\"")]
    [InlineData(999, null, ResponseFlag.DC, "http_response_status_code=\"\",rpc_status_code=\"\",response_flags=\"DC\"")]
    [InlineData(403, null, ResponseFlag.NI, "http_response_status_code=\"403\",rpc_status_code=\"\",response_flags=\"NI\"")]
    public void Record_Outcome_BecomesBoundedLabels(int status, int? grpc, ResponseFlag flag, string labels)
    {
        var traffic = new TrafficLabels { Reporter = Reporter.Destination, SourceService = "a", DestinationService = "b", Protocol = "grpc" };

        new MeshMetrics(_registry).Requests.For(traffic).Record(status, flag, TimeSpan.FromSeconds(1), 0, 0, grpc);

        Assert.Contains(labels, Page.Of(_registry), StringComparison.Ordinal);
    }

    [Fact]
    public void Record_KnownOutcome_AllocatesNothing()
    {
        var traffic = new TrafficLabels { Reporter = Reporter.Source, SourceService = "a", DestinationService = "b", Protocol = "http" };
        var recorder = new MeshMetrics(_registry).Requests.For(traffic);
        recorder.Record(200, ResponseFlag.None, TimeSpan.FromSeconds(1), 1, 1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            recorder.Record(200, ResponseFlag.None, TimeSpan.FromSeconds(1), 1, 1);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Remove_Upstream_LeavesThePage()
    {
        var mesh = new MeshMetrics(_registry);
        mesh.Upstreams.For("gone").Healthy.Set(1);

        mesh.Upstreams.Remove("gone");

        Assert.DoesNotContain("gone", Page.Of(_registry), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "GET")]
    [InlineData("PATCH", "PATCH")]
    [InlineData("get", "_OTHER")]
    [InlineData("EVIL\"} 1", "_OTHER")]
    [InlineData(null, "_OTHER")]
    public void Of_Method_OnlyKnownOnesPass(string? method, string expected) => Assert.Equal(expected, HttpMethodLabel.Of(method));
}
