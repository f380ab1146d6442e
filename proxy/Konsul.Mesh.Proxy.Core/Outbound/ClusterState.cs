using System.Collections.Immutable;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.Http;
using Konsul.Mesh.Proxy.Core.Identity;
using Konsul.Mesh.Proxy.Core.LoadBalancing;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>A destination while it is known. Requests read <see cref="Model"/>; only the engine's one writer calls <see cref="Update"/>.</summary>
internal sealed class ClusterState
{
    private readonly EngineContext _engine;
    private readonly MeshDialer _dialer;
    private volatile ClusterModel _model;

    /// <param name="engine">Shared parts.</param>
    /// <param name="dialer">Opens connections to its endpoints.</param>
    /// <param name="sourceService">The service that this proxy stands for, for metrics.</param>
    /// <param name="config">The first configuration; endpoints come with <see cref="Update"/>.</param>
    public ClusterState(EngineContext engine, MeshDialer dialer, string sourceService, Cluster config)
    {
        _engine = engine;
        _dialer = dialer;
        _model = ClusterModel.Of(config, [], []);
        Upstream = engine.Metrics.Upstreams.For(config.Name);
        Traffic = new TrafficRecorders(
            engine.Metrics,
            new TrafficLabels
            {
                Reporter = Reporter.Source,
                SourceService = sourceService,
                DestinationService = config.Service,
                DestinationNamespace = config.Identity.Namespace ?? Konsul.Mesh.Model.Names.DefaultNamespace,
                Protocol = "",
            },
            config.Protocol);
    }

    public ClusterModel Model => _model;

    public UpstreamSeries Upstream { get; }

    public TrafficRecorders Traffic { get; }

    /// <param name="tried">Indexes into the model that this request has used up.</param>
    /// <param name="model">The model that the index belongs to.</param>
    public int Pick(ClusterModel model, ReadOnlySpan<int> tried) =>
        TwoChoices.Pick(model.Loads, model.CumulativeWeights, tried, _engine.Time.GetTimestamp(), _engine.Random);

    /// <summary>Takes over configuration and endpoints; endpoints whose address stayed keep their connections and what is known of them.</summary>
    public void Update(Cluster config, ImmutableArray<Endpoint> endpoints)
    {
        var old = _model;
        if (old.Source == endpoints && old.Config == config)
        {
            return;
        }

        var known = old.Endpoints.ToDictionary(e => e.Endpoint.Id, StringComparer.Ordinal);
        var leastPass = old.Loads.Length == 0 ? 0 : old.Loads.Min(l => l.Pass);
        var states = new EndpointState[endpoints.Length];
        for (var i = 0; i < states.Length; i++)
        {
            var target = PeerTarget.Of(config, endpoints[i]);
            if (known.TryGetValue(endpoints[i].Id, out var state) && state.Target == target)
            {
                known.Remove(endpoints[i].Id);
                state.Load.Weight = Math.Max(1, endpoints[i].Weight);
                states[i] = state;
            }
            else
            {
                states[i] = Create(endpoints[i], target, leastPass);
            }
        }

        _model = ClusterModel.Of(config, endpoints, states);
        Upstream.Total.Set(states.Length);
        Upstream.Healthy.Set(states.Length);
        foreach (var gone in known.Values)
        {
            gone.Retire();
        }
    }

    public void RetireStale(PeerCredentials? current)
    {
        foreach (var endpoint in _model.Endpoints)
        {
            endpoint.RetireStale(current);
        }
    }

    public void Retire()
    {
        Update(_model.Config, []);
        _engine.Metrics.Upstreams.Remove(_model.Config.Name);
    }

    private EndpointState Create(Endpoint endpoint, PeerTarget target, double pass)
    {
        var time = _engine.Time;
        var load = new EndpointLoad(_engine.Options.Balancing, time.TimestampFrequency, time.GetTimestamp(), endpoint.Weight) { Pass = pass };
        return new EndpointState(_engine, _dialer, endpoint, target, load, Upstream);
    }
}
