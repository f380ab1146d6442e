using System.Collections.Concurrent;

namespace Konsul.Mesh.Telemetry.Metrics;

/// <summary>A family whose series are written by the program. <see cref="With"/> may be called from any thread; lookups do not
/// lock.</summary>
public abstract class SeriesFamily<TSeries> : MetricFamily
    where TSeries : MetricSeries
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string[], TSeries> _series = new(new LabelValuesComparer());
    private readonly ConcurrentDictionary<string[], TSeries>.AlternateLookup<ReadOnlySpan<string>> _lookup;

    // Idle series that somebody may still hold; found again by their labels, so that two objects never count for one series.
    private readonly Dictionary<string[], WeakReference<TSeries>> _retired = new(new LabelValuesComparer());
    private TSeries? _overflow;
    private int _count;
    private long _lastSweep;

    private protected SeriesFamily(MetricRegistry registry, MetricDescriptor descriptor)
        : base(registry, descriptor)
    {
        _lookup = _series.GetAlternateLookup<ReadOnlySpan<string>>();
        _lastSweep = registry.Time.GetTimestamp();
    }

    /// <summary>Whether idle series leave the page. Gauges do not: a value that stays is still true.</summary>
    private protected abstract bool Expires { get; }

    internal IEnumerable<TSeries> Live => _series.Values;

    internal int Count => Volatile.Read(ref _count);

    /// <summary>The series of these label values, in the order of the names given at registration. Keep it: this call is for set-up, not
    /// per request.
    /// Above <see cref="MetricRegistryOptions.MaxSeries"/> a series is returned that takes writes but is not exposed.</summary>
    public TSeries With(params ReadOnlySpan<string> values) => _lookup.TryGetValue(values, out var series) ? series : AddOrResurrect(values);

    /// <summary>Takes a series off the page, for things that are known to be gone.</summary>
    public bool Remove(params ReadOnlySpan<string> values)
    {
        lock (_gate)
        {
            if (!_lookup.TryGetValue(values, out var series))
            {
                return false;
            }

            Retire(series);
            return true;
        }
    }

    internal void Revive(TSeries series)
    {
        lock (_gate)
        {
            if (series.Retired && !ReferenceEquals(series, _overflow))
            {
                Publish(series);
            }
        }
    }

    internal override void Sweep()
    {
        if (!Expires)
        {
            return;
        }

        var time = Registry.Time;
        var now = time.GetTimestamp();
        lock (_gate)
        {
            _lastSweep = now;
            foreach (var series in _series.Values)
            {
                var mark = series.Mark;
                if (mark != series.LastMark)
                {
                    (series.LastMark, series.LastChange) = (mark, now);
                }
                else if (series.LabelValues.Length > 0 && time.GetElapsedTime(series.LastChange, now) >= Registry.Options.IdleAfter)
                {
                    Retire(series);
                    if (series.Mark != mark)
                    {
                        Publish(series);
                    }
                }
            }

            foreach (var (labels, reference) in _retired)
            {
                if (!reference.TryGetTarget(out _))
                {
                    _retired.Remove(labels);
                }
            }
        }
    }

    private protected abstract TSeries Create(string[] labelValues);

    private TSeries AddOrResurrect(ReadOnlySpan<string> values)
    {
        if (values.Length != Descriptor.LabelNames.Length)
        {
            throw new ArgumentException($"{Name} has {Descriptor.LabelNames.Length} labels, not {values.Length}.", nameof(values));
        }

        lock (_gate)
        {
            if (_lookup.TryGetValue(values, out var known))
            {
                return known;
            }

            var labels = values.ToArray();
            if (_count >= Registry.Options.MaxSeries && !MadeRoom())
            {
                Registry.SeriesDropped.With(Name).Increment();
                return _overflow ??= Create(labels);
            }

            var series = _retired.TryGetValue(labels, out var reference) && reference.TryGetTarget(out var asleep) ? asleep : Create(labels);
            Publish(series);
            return series;
        }
    }

    private bool MadeRoom()
    {
        // A sweep walks the whole family: at most one a minute, however many new label sets arrive.
        if (Registry.Time.GetElapsedTime(_lastSweep) > TimeSpan.FromMinutes(1))
        {
            Sweep();
        }

        return _count < Registry.Options.MaxSeries;
    }

    private void Publish(TSeries series)
    {
        _retired.Remove(series.LabelValues);
        series.LastMark = series.Mark;
        series.LastChange = Registry.Time.GetTimestamp();
        if (_series.TryAdd(series.LabelValues, series))
        {
            _count++;
        }

        series.Retired = false;
    }

    private void Retire(TSeries series)
    {
        series.Retired = true;
        _series.TryRemove(series.LabelValues, out _);
        _count--;
        _retired[series.LabelValues] = new WeakReference<TSeries>(series);
    }
}
