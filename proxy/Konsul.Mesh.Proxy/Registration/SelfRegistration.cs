using Konsul.Mesh.Model;
using Konsul.Mesh.Proxy.Control;
using Konsul.Mesh.Proxy.Options;
using Konsul.Mesh.Wire.Streaming;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy.Registration;

/// <summary>
/// Keeps a service registered for as long as its sidecar lives, as healthy as the app is: changes are reported at once, the rest often enough
/// for the check's TTL, so that the instance of a killed sidecar lapses by itself. Who deregisters the instance through the API has the last
/// word: it stays away until the sidecar is started again. Until the sidecar itself can take traffic the instance is critical: peers must not
/// learn of a port before somebody answers there.
/// </summary>
internal sealed class SelfRegistration(ServiceOptions service, string id, string address, int inboundPort, ServerApi api, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PeriodWhileDown = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Refresh = RegistrationBody.Ttl * 0.4;

    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _failures;
    private volatile int _inboundPort = inboundPort;
    private volatile bool _again;

    /// <summary>Called after every registration with the name of the node that the server put it on.</summary>
    public Action<string>? NodeFound { get; init; }

    /// <summary>Called when the server answers again after it did not.</summary>
    public Action? ServerBack { get; init; }

    /// <summary>Completes when the sidecar can take traffic.</summary>
    public required Task Serving { get; init; }

    /// <summary>Completes when the server first took the registration.</summary>
    public Task Registered => _registered.Task;

    /// <summary>Tells the server of another inbound port than it knows.</summary>
    public void MoveTo(int port)
    {
        _inboundPort = port;
        _again = true;
    }

    /// <summary>Runs until cancelled, or until somebody else deregistered the instance.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var isRegistered = false;
        string? reported = null;
        var reportedAt = 0L;
        while (!cancellation.IsCancellationRequested)
        {
            var refusal = Serving.IsCompleted
                ? await AppProbe.CheckAsync(service.Port, time, cancellation)
                : "The sidecar cannot take traffic yet.";
            var status = refusal is null ? "passing" : "critical";
            isRegistered &= !_again;
            var isDue = status != reported || time.GetElapsedTime(reportedAt) >= Refresh;
            if (!isRegistered || isDue)
            {
                var result = isRegistered
                    ? await api.UpdateCheckAsync(RegistrationBody.CheckId(id), status, refusal ?? "The app accepts connections.", cancellation)
                    : await api.RegisterAsync(RegistrationBody.Create(service, id, address, Move(), status), cancellation);
                if (result.Good)
                {
                    Report(isRegistered, status, reported);
                    if (!isRegistered && await api.NodeNameAsync(cancellation) is { } node)
                    {
                        NodeFound?.Invoke(node);
                    }

                    if (_failures > 0)
                    {
                        ServerBack?.Invoke();
                    }

                    (isRegistered, reported, reportedAt, _failures) = (true, status, time.GetTimestamp(), 0);
                    _registered.TrySetResult();
                }
                else if (isRegistered && result.IsMissing)
                {
                    log.LogWarning("{Id} was deregistered by somebody else; it stays so until this sidecar is started again.", id);
                    return;
                }
                else
                {
                    log.Log(BackoffPolicy.LevelOf(_failures + 1), "The server did not take the {What}: {Reason}", isRegistered ? "health of the app" : "registration", result.Reason);
                    _failures++;
                }
            }

            var pause = _failures > 0 ? BackoffPolicy.Delay(_failures, SystemRandom.Instance) : refusal is null ? Period : PeriodWhileDown;
            var sleep = Task.Delay(pause < Refresh ? pause : Refresh, time, cancellation);
            await (Serving.IsCompleted ? sleep : Task.WhenAny(sleep, Serving));
        }
    }

    /// <summary>At the end, so that peers stop sending before the listener goes. Bounded; a server that is away lets the TTL lapse.</summary>
    public async Task DeregisterAsync()
    {
        var result = await api.DeregisterAsync(id, CancellationToken.None);
        if (!result.Good && !result.IsMissing)
        {
            log.LogWarning("{Id} could not be deregistered: {Reason}", id, result.Reason);
        }
    }

    private int Move()
    {
        _again = false;
        return _inboundPort;
    }

    private void Report(bool wasRegistered, string status, string? before)
    {
        if (!wasRegistered)
        {
            log.LogInformation("Registered {Id} ({Service}) at {Address}, app {Status}.", id, service.Name, address, status);
        }
        else if (status != before)
        {
            log.LogInformation("The app of {Id} is now {Status}.", id, status);
        }
    }
}
