using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>Shows log and state on the metrics page, for as long as it lives.</summary>
internal sealed class StateObservation(ReplicatedState state, LogMetrics metrics) : IDisposable
{
    private readonly IDisposable[] _observed =
    [
        metrics.ObserveCommitIndex(() => state.Log.Status.AppliedIndex),
        metrics.ObserveAppliedIndex(() => state.View.Index),
        metrics.ObserveLastIndex(() => state.Log.Status.LastIndex),
        metrics.ObserveLogBytes(() => state.Log.Status.LogBytes),
        metrics.ObserveObjects(sink =>
        {
            var view = state.View;
            sink.Observe(view.Catalog.NodeCount, "nodes");
            sink.Observe(view.Catalog.InstanceCount, "services");
            sink.Observe(view.Catalog.AllChecks.Count(), "checks");
            sink.Observe(view.Kv.Count, "kv");
            sink.Observe(view.Intentions.Count, "intentions");
        }),
    ];

    public void Dispose() => Array.ForEach(_observed, o => o.Dispose());
}
