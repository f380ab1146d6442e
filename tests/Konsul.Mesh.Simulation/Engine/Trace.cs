using System.Globalization;

namespace Konsul.Mesh.Simulation.Engine;

/// <summary>What has happened: a hash of all of it, the newest of it for people, and how often each thing did.</summary>
internal sealed class Trace(Scheduler scheduler, TextWriter? full)
{
    private const int Kept = 120;
    private readonly Record[] _ring = new Record[Kept];
    private readonly long[] _counts = new long[Enum.GetValues<Happening>().Length];
    private readonly long[] _messages = new long[32];
    private long _next;

    /// <summary>Of everything noted so far, in order. Equal for equal seeds.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    public IReadOnlyList<long> Counts => _counts;

    /// <summary>Messages that arrived, by type.</summary>
    public IReadOnlyList<long> Messages => _messages;

    public void Arrived(MessageType type) => _messages[(int)type]++;

    public void Note(Happening what, ulong server, ulong a = 0, ulong b = 0, object? detail = null)
    {
        _counts[(int)what]++;
        Mix((ulong)scheduler.Now);
        Mix((ulong)what);
        Mix(server);
        Mix(a);
        Mix(b);
        var record = new Record(scheduler.Steps, scheduler.Now, what, server, a, b, detail);
        _ring[_next++ % Kept] = record;
        full?.WriteLine(record);
    }

    /// <summary>The newest, oldest first.</summary>
    public IEnumerable<string> Newest()
    {
        for (var i = Math.Max(0, _next - Kept); i < _next; i++)
        {
            yield return _ring[i % Kept].ToString();
        }
    }

    private void Mix(ulong value) => Hash = ulong.RotateLeft(Hash ^ value, 23) * 0x9E3779B97F4A7C15;

    private readonly record struct Record(long Step, long Time, Happening What, ulong Server, ulong A, ulong B, object? Detail)
    {
        public override string ToString()
        {
            var time = (Time / (double)TimeSpan.TicksPerMillisecond).ToString("F3", CultureInfo.InvariantCulture);
            return $"{Step,8} {time,12} ms  {Server,3}  {What} {A} {B} {Text(Detail)}".TrimEnd();
        }

        private static string Text(object? detail) => detail switch
        {
            null => "",
            Message m => $"{m.Type} {m.From}->{m.To} term {m.Term} index {m.Index}/{m.LogTerm} entries {m.Entries.Length} commit {m.Commit}"
                + $"{(m.Reject ? $" reject {m.RejectHint}" : "")}{(m.Context != 0 ? $" context {m.Context:x}" : "")}{(m.Snapshot is { } s ? $" snapshot {s.Index}" : "")}",
            _ => detail.ToString() ?? "",
        };
    }
}
