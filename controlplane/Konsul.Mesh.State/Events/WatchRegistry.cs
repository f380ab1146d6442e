using System.Runtime.InteropServices;

namespace Konsul.Mesh.State.Events;

/// <summary>Who waits for which topic. A change looks up its own topics only, so waiters for other things cost it nothing.</summary>
internal sealed class WatchRegistry
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Topic, HashSet<StateWatch>> _waiters = [];

    /// <summary>Length to the number of distinct watched prefixes of it: a changed key is looked up once per length in use.</summary>
    private readonly SortedDictionary<int, int> _prefixLengths = [];
    private readonly HashSet<string> _destinations = new(StringComparer.Ordinal);
    private long _wakeups;

    public long Wakeups => Interlocked.Read(ref _wakeups);

    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Values.SelectMany(w => w).Distinct().Count();
            }
        }
    }

    public StateWatch Arm(IEnumerable<Topic> topics)
    {
        var watch = new StateWatch(this, [.. topics.Distinct()]);
        lock (_lock)
        {
            foreach (var topic in watch.Topics)
            {
                ref var waiters = ref CollectionsMarshal.GetValueRefOrAddDefault(_waiters, topic, out var known);
                if (!known)
                {
                    waiters = [];
                    Track(topic);
                }

                waiters!.Add(watch);
            }
        }

        return watch;
    }

    public void Remove(StateWatch watch)
    {
        lock (_lock)
        {
            foreach (var topic in watch.Topics)
            {
                if (_waiters.TryGetValue(topic, out var waiters) && waiters.Remove(watch) && waiters.Count == 0)
                {
                    _waiters.Remove(topic);
                    Untrack(topic);
                }
            }
        }
    }

    public void Touch(IReadOnlyCollection<Topic> topics)
    {
        var woken = new HashSet<StateWatch>();
        lock (_lock)
        {
            if (_waiters.Count == 0)
            {
                return;
            }

            foreach (var topic in topics)
            {
                Collect(topic, woken);
                if (topic.Kind == TopicKind.KvKey)
                {
                    CollectPrefixes(topic.Key, woken);
                }
                else if (topic is { Kind: TopicKind.IntentionsFor, Key: Model.Intentions.Intention.Wildcard })
                {
                    foreach (var destination in _destinations)
                    {
                        Collect(Topic.IntentionsFor(destination), woken);
                    }
                }
            }
        }

        Fire(woken);
    }

    public void TouchAll()
    {
        HashSet<StateWatch> woken;
        lock (_lock)
        {
            woken = [.. _waiters.Values.SelectMany(w => w)];
        }

        Fire(woken);
    }

    private void Fire(HashSet<StateWatch> woken) => Interlocked.Add(ref _wakeups, woken.Count(w => w.Fire()));

    private void Collect(Topic topic, HashSet<StateWatch> woken)
    {
        if (_waiters.TryGetValue(topic, out var waiters))
        {
            woken.UnionWith(waiters);
        }
    }

    private void CollectPrefixes(string key, HashSet<StateWatch> woken)
    {
        // A prefix of the default namespace, "" above all, is none of a key of another one.
        var head = Model.NamespacedKey.HeadLength(key);
        foreach (var length in _prefixLengths.Keys)
        {
            if (length > key.Length)
            {
                break;
            }

            if (length < head)
            {
                continue;
            }

            Collect(Topic.KvPrefix(key[..length]), woken);
        }
    }

    private void Track(Topic topic)
    {
        if (topic.Kind == TopicKind.KvPrefix)
        {
            _prefixLengths[topic.Key.Length] = _prefixLengths.GetValueOrDefault(topic.Key.Length) + 1;
        }
        else if (topic.Kind == TopicKind.IntentionsFor)
        {
            _destinations.Add(topic.Key);
        }
    }

    private void Untrack(Topic topic)
    {
        if (topic.Kind == TopicKind.KvPrefix && --_prefixLengths[topic.Key.Length] == 0)
        {
            _prefixLengths.Remove(topic.Key.Length);
        }
        else if (topic.Kind == TopicKind.IntentionsFor)
        {
            _destinations.Remove(topic.Key);
        }
    }
}
