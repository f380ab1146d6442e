namespace Konsul.Mesh.Server.Queries;

/// <summary>
/// Deadlines of many waiters on few timers: those that fall into the same slot share one token, so ten thousand long polls cost as many
/// timers as there are distinct slots, not ten thousand. A slot is 1/64 of the wait, at least 10 ms, and ends late, never early.
/// </summary>
internal sealed class SharedDeadlines(TimeProvider time)
{
    private const int SlotFraction = 64;
    private static readonly TimeSpan MinSlot = TimeSpan.FromMilliseconds(10);
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Slot> _slots = [];

    /// <summary>How many timers are armed.</summary>
    public int Armed
    {
        get
        {
            lock (_lock)
            {
                return _slots.Count;
            }
        }
    }

    /// <summary>Ends once <paramref name="wait"/> has passed; dispose it when done waiting, however that came about.</summary>
    public Deadline After(TimeSpan wait)
    {
        var now = time.GetUtcNow();
        var size = Math.Max(wait.Ticks / SlotFraction, MinSlot.Ticks);

        // Rounded to a power of two, so that waits of about the same length meet in the same slots.
        size = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)size) / 2;
        var due = ((now + wait).UtcTicks + size - 1) / size * size;
        lock (_lock)
        {
            if (!_slots.TryGetValue(due, out var slot))
            {
                slot = new Slot(new CancellationTokenSource(TimeSpan.FromTicks(due - now.UtcTicks), time));
                _slots.Add(due, slot);
            }

            slot.Waiters++;
            return new Deadline(this, due, slot.Source.Token);
        }
    }

    private void Leave(long due)
    {
        lock (_lock)
        {
            if (_slots.TryGetValue(due, out var slot) && --slot.Waiters == 0)
            {
                _slots.Remove(due);
                slot.Source.Dispose();
            }
        }
    }

    private sealed class Slot(CancellationTokenSource source)
    {
        public CancellationTokenSource Source { get; } = source;

        public int Waiters { get; set; }
    }

    internal sealed class Deadline(SharedDeadlines owner, long due, CancellationToken token) : IDisposable
    {
        public CancellationToken Token { get; } = token;

        public void Dispose() => owner.Leave(due);
    }
}
