using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Proxy.Core.Listeners;

/// <summary>Binds what a plan wants beyond what is bound, all or nothing.</summary>
internal sealed class ListenerSet(EngineContext engine)
{
    /// <summary>Sockets that were bound before a snapshot named them, by port.</summary>
    private readonly Dictionary<int, ListenerState> _reserved = [];

    public IPEndPoint Reserve(IPEndPoint wish)
    {
        var listener = ListenerState.Bind(wish, engine, ListenerModel.Removed);
        _reserved[listener.Address.Port] = listener;
        return listener.Address;
    }

    /// <param name="plan">What is wanted.</param>
    /// <param name="bound">What runs now, by key.</param>
    /// <param name="models">The new model of each listener; not put in force here.</param>
    /// <returns>The next set, or the reason; in that case nothing has changed.</returns>
    public (ImmutableDictionary<string, ListenerState>? Next, string? Refusal) Bind(
        ListenerPlan plan, ImmutableDictionary<string, ListenerState> bound, out List<(ListenerState Listener, ListenerModel Model)> models)
    {
        models = [];
        var next = ImmutableDictionary.CreateBuilder<string, ListenerState>();
        var fresh = new List<ListenerState>();
        var adopted = new List<int>();
        foreach (var (key, address, model) in plan.Wanted)
        {
            if (!bound.TryGetValue(key, out var listener))
            {
                if (model.Inbound is not null && _reserved.TryGetValue(address.Port, out listener))
                {
                    adopted.Add(address.Port);
                }
                else
                {
                    try
                    {
                        listener = ListenerState.Bind(address, engine, model);
                        fresh.Add(listener);
                    }
                    catch (SocketException e)
                    {
                        fresh.ForEach(f => f.Stop());
                        return (null, $"Listener {model.Name} cannot be bound to {address}: {e.Message}.");
                    }
                }
            }

            next[key] = listener;
            models.Add((listener, model));
        }

        adopted.ForEach(port => _reserved.Remove(port));
        return (next.ToImmutable(), null);
    }

    public void Stop()
    {
        foreach (var listener in _reserved.Values)
        {
            listener.Stop();
        }

        _reserved.Clear();
    }
}
