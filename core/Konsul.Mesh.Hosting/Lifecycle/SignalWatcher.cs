using System.Runtime.InteropServices;

namespace Konsul.Mesh.Hosting.Lifecycle;

/// <summary>SIGTERM and SIGINT drain, a second one forces; SIGHUP reloads. The default action of the runtime is suppressed.</summary>
public sealed class SignalWatcher : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action _drain;
    private readonly Action _force;
    private readonly Action _reload;
    private int _stops;

    /// <param name="drain">Called at the first SIGTERM or SIGINT; must return soon.</param>
    /// <param name="force">Called at every later one.</param>
    /// <param name="reload">Called at SIGHUP.</param>
    public SignalWatcher(Action drain, Action force, Action reload)
    {
        (_drain, _force, _reload) = (drain, force, reload);
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, Received));
        }
    }

    public void Dispose() => _registrations.ForEach(r => r.Dispose());

    internal void Received(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGHUP)
        {
            _reload();
        }
        else if (Interlocked.Increment(ref _stops) == 1)
        {
            _drain();
        }
        else
        {
            _force();
        }
    }
}
