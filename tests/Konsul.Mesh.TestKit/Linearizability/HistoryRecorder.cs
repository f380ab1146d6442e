namespace Konsul.Mesh.TestKit.Linearizability;

/// <summary>
/// Records what concurrent clients do to a live service. Thread-safe. Times are timestamps of the <see cref="TimeProvider"/>: taken
/// before the operation starts and after it has ended, so an interval is never too short.
/// </summary>
public sealed class HistoryRecorder<TInput, TOutput>
{
    /// <summary>How many operations a recorder takes if not told otherwise.</summary>
    public const int DefaultCapacity = 1_000_000;

    private readonly Lock _lock = new();
    private readonly List<RecordedCall<TInput, TOutput>> _calls = [];
    private readonly TimeProvider _time;
    private readonly int _capacity;

    /// <param name="time">What gives the timestamps.</param>
    /// <param name="capacity">The most operations it records.</param>
    public HistoryRecorder(TimeProvider time, int capacity = DefaultCapacity)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _time = time;
        _capacity = capacity;
    }

    /// <summary>Call it right before the operation is sent. What is never ended counts as unknown.</summary>
    /// <exception cref="InvalidOperationException">The recorder is full.</exception>
    public RecordedCall<TInput, TOutput> Begin(int client, TInput input)
    {
        lock (_lock)
        {
            if (_calls.Count == _capacity)
            {
                throw new InvalidOperationException($"The recorder holds its {_capacity} operations already.");
            }

            var call = new RecordedCall<TInput, TOutput>(_time, client, input);
            _calls.Add(call);
            return call;
        }
    }

    /// <summary>The history up to now. Operations that have not ended are unknown in it; those that did not happen are left out.</summary>
    public IReadOnlyList<Operation<TInput, TOutput>> ToHistory()
    {
        lock (_lock)
        {
            return [.. _calls.Select(c => c.ToOperation()).OfType<Operation<TInput, TOutput>>()];
        }
    }
}
