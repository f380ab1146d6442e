namespace Konsul.Mesh.Proxy.Core.Authorization;

/// <summary>
/// The requests of one connection that run just now. The HTTP engine gives a stream to the next request as soon as the last one has left, so
/// an abort must never come after that: leaving waits for an abort that has begun.
/// </summary>
internal sealed class RunningRequests
{
    private readonly List<IRunningRequest> _running = [];

    public int Count
    {
        get
        {
            lock (_running)
            {
                return _running.Count;
            }
        }
    }

    public void Enter(IRunningRequest request)
    {
        lock (_running)
        {
            request.Place = _running.Count;
            _running.Add(request);
        }
    }

    public void Leave(IRunningRequest request)
    {
        lock (_running)
        {
            var last = _running[^1];
            _running[request.Place] = last;
            last.Place = request.Place;
            _running.RemoveAt(_running.Count - 1);
        }
    }

    public void AbortAll()
    {
        lock (_running)
        {
            foreach (var request in _running)
            {
                request.Abort();
            }
        }
    }
}
