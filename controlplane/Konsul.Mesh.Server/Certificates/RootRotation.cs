using Konsul.Mesh.Ca.Rotation;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// While this server leads, it carries rotations of the root from stage to stage. Starts and stops with leadership, and keeps nothing: every step
/// follows from the state, and is a compare-and-set, so that the next leader goes on and a deposed one does no harm.
/// </summary>
internal sealed class RootRotation : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly RotationState _facts = new();
    private readonly ReplicatedState _state;
    private readonly AuthorityHolder _authority;
    private readonly RootMaker _roots;
    private readonly TrustSpread _spread;
    private readonly Func<CaSettings> _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private Task _loop = Task.CompletedTask;
    private TaskCompletionSource _woken = NewSignal();

    public RootRotation(
        ReplicatedState state, AuthorityHolder authority, RootMaker roots, TrustSpread spread, Func<CaSettings> settings, TimeProvider time,
        ILogger<RootRotation> log) =>
        (_state, _authority, _roots, _spread, _settings, _time, _log) = (state, authority, roots, spread, settings, time, log);

    public void Start()
    {
        _state.Log.LeadershipChanged += OnLeadership;
        _state.Changed += OnChanged;
        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _state.Log.LeadershipChanged -= OnLeadership;
        _state.Changed -= OnChanged;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnLeadership(LogStatus status) => Volatile.Read(ref _woken).TrySetResult();

    private void OnChanged(StateChange change)
    {
        if (change.Restored || change.Topics.Contains(Topic.CaRoots))
            Volatile.Read(ref _woken).TrySetResult();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var woken = Volatile.Read(ref _woken);
            try
            {
                if (_state.Log.Status.Role == LogRole.Leader && _authority.IsOpen && _state.View.Ca is { } ca)
                    await LookAsync(ca).ConfigureAwait(false);
                await woken.Task.WaitAsync(LookEvery, _time, _stopping.Token).ConfigureAwait(false);
                Volatile.Write(ref _woken, NewSignal());
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException || _stopping.IsCancellationRequested)
            {
                // The next look, or the end.
            }
            catch (Exception e)
            {
                // One look that fails must not be the last one. Most often somebody else was faster, or leads now.
                _log.Log(e is ApiException ? LogLevel.Information : LogLevel.Error, e is ApiException ? null : e, "A step of the root's rotation is to be tried again: {Reason}", e.Message);
                await Task.Delay(LookEvery, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task LookAsync(CaTable ca)
    {
        var everybody = ca.Rotation is not null && await _spread.MissingAsync(ca.Index, _stopping.Token).ConfigureAwait(false) is (0, 0);
        var settings = _settings();
        var policy = settings.PolicyFor(ca.Active);
        var facts = _facts.Facts(ca, _time.GetUtcNow(), everybody);
        var step = RotationPlanner.Next(facts, policy);
        switch (step.Action)
        {
            case RotationAction.Publish:
                await _roots.PublishAsync(settings, step.Reason, force: facts.Now >= facts.Active.NotAfter, null, _stopping.Token).ConfigureAwait(false);
                break;
            case RotationAction.Activate:
                var until = policy.TrustUntil(facts.Active, facts.Now);
                await _state.ProposeAsync(
                    new ActivateRoot { RootId = step.RootId, At = facts.Now, OldTrustedUntil = until, Cas = ca.Revision }, _stopping.Token).ConfigureAwait(false);
                _log.LogInformation(
                    "Root {RootId} signs from now on: {Reason}; root {OldId} is trusted until {Until:u}", step.RootId, step.Reason, ca.Active.Id, until);
                break;
            case RotationAction.Remove:
                await _state.ProposeAsync(new RemoveRoot { RootId = step.RootId, At = facts.Now, Cas = ca.Revision }, _stopping.Token).ConfigureAwait(false);
                _log.LogInformation("Root {RootId} is trusted no more: {Reason}", step.RootId, step.Reason);
                break;
        }
    }
}
