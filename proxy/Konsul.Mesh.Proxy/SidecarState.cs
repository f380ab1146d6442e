using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Identity;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core;
using Konsul.Mesh.Proxy.Registration;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.Streaming;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy;

/// <summary>What others see of a running sidecar: readiness, ports, metrics.</summary>
internal sealed class SidecarState(ProgramContext context) : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly ReadinessCondition _identity = context.Readiness.Add("identity", "no certificate yet");
    private readonly ReadinessCondition _snapshot = context.Readiness.Add("snapshot", "no configuration yet");
    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IDisposable> _owned = [];
    private readonly ILogger _log = context.Logging.Factory.CreateLogger<SidecarState>();
    private volatile DiscoveryClient? _discovery;

    /// <summary>Null while nothing is registered by this process.</summary>
    public SelfRegistration? Registration { get; set; }

    /// <summary>Completes when there is an identity and a configuration in force: the sidecar can take traffic.</summary>
    public Task Serving => _serving.Task;

    public DiscoveryClient? Client => _discovery;

    public DiscoveryState Discovery => _discovery?.State ?? DiscoveryState.Initial;

    public void Watch(IdentityClient identity)
    {
        identity.Changed += _ => Judge(identity);
        _owned.Add(context.Time.CreateTimer(_ => Judge(identity), null, Look, Look));
        _owned.Add(context.Mesh.Snapshot.ObserveIdentityExpiry(() => identity.RemainingLife));
    }

    public void Watch(DiscoveryClient discovery)
    {
        _discovery = discovery;
        var started = context.Time.GetUtcNow();
        _owned.Add(context.Mesh.Snapshot.ObserveAge(() => context.Time.GetUtcNow() - (Discovery.LastPush ?? started)));
    }

    public void Applied(ProxySnapshot snapshot, ProxyEngine engine)
    {
        context.Mesh.Snapshot.Version.Set(snapshot.Version);
        foreach (var listener in engine.Describe().Listeners)
        {
            context.Ports.Add(
                listener.Name is ResourceNames.Inbound or OutboundByHost.Name
                    ? listener.Name
                    : $"upstream:{snapshot.Clusters.GetValueOrDefault(listener.Cluster)?.Service ?? listener.Name}",
                listener.Port);
        }

        _snapshot.Met();
        JudgeServing();
        try
        {
            context.Ports.Write();
        }
        catch (StartupException e)
        {
            // It could be written at the start; a disk that is full now is no reason to stop serving.
            _log.LogWarning("{Reason}", e.Message);
        }
    }

    public void Dispose() => _owned.ForEach(o => o.Dispose());

    private void JudgeServing()
    {
        if (_identity.IsMet && _snapshot.IsMet)
        {
            _serving.TrySetResult();
        }
    }

    private void Judge(IdentityClient identity)
    {
        if (identity.RemainingLife is not { } left)
        {
            return;
        }

        if (left > TimeSpan.Zero)
        {
            _identity.Met();
            JudgeServing();
        }
        else
        {
            _identity.NotMet("the certificate expired and no new one could be had");
        }
    }
}
