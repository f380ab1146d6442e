using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>Unused connections, the one used last on top, so that those not needed grow old. One timer ends the old and those that the
/// app closed.</summary>
internal sealed class IdleConnections : IDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly List<AppConnection> _stack = [];
    private readonly int _max;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private bool _disposed;

    public IdleConnections(int max, TimeSpan timeout, TimeProvider time)
    {
        _max = max;
        _timeout = timeout;
        _time = time;
        _sweep = time.CreateTimer(static s => ((IdleConnections)s!).Sweep(), this, SweepPeriod, SweepPeriod);
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _stack.Count;
            }
        }
    }

    public bool TryTake([NotNullWhen(true)] out AppConnection? connection)
    {
        while (TryPop(out connection))
        {
            if (!IsOver(connection))
            {
                connection.IsReused = true;
                return true;
            }

            connection.Close();
        }

        return false;
    }

    public void Put(AppConnection connection)
    {
        connection.IdleSince = _time.GetTimestamp();
        if (!connection.TryArm())
        {
            connection.Close();
            return;
        }

        lock (_lock)
        {
            if (!_disposed && _stack.Count < _max)
            {
                _stack.Add(connection);
                return;
            }
        }

        connection.Close();
    }

    public void Dispose()
    {
        AppConnection[] all;
        lock (_lock)
        {
            _disposed = true;
            all = [.. _stack];
            _stack.Clear();
        }

        _sweep.Dispose();
        foreach (var connection in all)
        {
            connection.Close();
        }
    }

    private bool TryPop([NotNullWhen(true)] out AppConnection? connection)
    {
        lock (_lock)
        {
            if (_stack.Count == 0)
            {
                connection = null;
                return false;
            }

            connection = _stack[^1];
            _stack.RemoveAt(_stack.Count - 1);
            return true;
        }
    }

    private bool IsOver(AppConnection connection) => connection.IsStale || _time.GetElapsedTime(connection.IdleSince) >= _timeout;

    private void Sweep()
    {
        List<AppConnection>? over = null;
        lock (_lock)
        {
            if (_stack.Exists(IsOver))
            {
                over = _stack.FindAll(IsOver);
                _stack.RemoveAll(over.Contains);
            }
        }

        over?.ForEach(c => c.Close());
    }
}
