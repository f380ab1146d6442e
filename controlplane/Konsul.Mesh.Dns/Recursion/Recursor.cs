using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Dns.Answers;
using Konsul.Mesh.Dns.Wire;
using Konsul.Mesh.Model;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Dns.Recursion;

/// <summary>
/// Asks the recursors in turn until one knows, and keeps what it said. A question that is on its way already is not sent again: its askers
/// share the answer, so a recursor that asks us back only waits, and the circle ends with the first timeout.
/// </summary>
internal sealed class Recursor(DnsOptions options, DnsMetrics metrics, IRandom random, TimeProvider time)
{
    /// <summary>Questions on their way at once; further ones are answered SERVFAIL.</summary>
    private const int MostAtOnce = 1024;

    /// <summary>What one kept answer may weigh; the cache counts in these.</summary>
    private const int CostUnit = 4096;

    /// <summary>One that was silent is asked last for so long.</summary>
    private static readonly TimeSpan Shunned = TimeSpan.FromSeconds(10);

    private readonly BoundedCache<KeptReply> _kept = new(options.RecursorCacheEntries);
    private readonly ConcurrentDictionary<string, Task<KeptReply?>> _asking = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<IPEndPoint, long> _silent = new();
    private int _count;

    public bool IsAvailable => !options.Recursors.IsEmpty;

    /// <summary>Questions on their way.</summary>
    public int Asking => _asking.Count;

    /// <param name="question">Name in lower case, type, class.</param>
    public KeptReply? Kept(ReadOnlySpan<byte> question)
    {
        if (!_kept.TryGet(question, out var kept) || Age(kept) >= kept.Reply.Ttl)
        {
            metrics.Cache("miss").Increment();
            return null;
        }

        metrics.Cache("hit").Increment();
        return kept;
    }

    public TimeSpan Age(KeptReply kept) => time.GetElapsedTime(kept.At);

    /// <returns>Null when no recursor has an answer.</returns>
    /// <param name="question">Name in lower case, type, class.</param>
    /// <param name="source">Who asks: a recursor that asks what it was asked goes in a circle.</param>
    public Task<KeptReply?> AskAsync(byte[] question, IPAddress? source)
    {
        var key = Convert.ToHexString(question);
        if (_asking.TryGetValue(key, out var asking))
            return source is not null && !IPAddress.IsLoopback(source) && options.Recursors.Any(r => r.Address.Equals(source)) ? Nothing : asking;
        if (Volatile.Read(ref _count) >= MostAtOnce)
            return Nothing;
        var own = new TaskCompletionSource<KeptReply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var shared = _asking.GetOrAdd(key, own.Task);
        if (shared == own.Task)
        {
            Interlocked.Increment(ref _count);
            _ = CompleteAsync(own, key, question);
        }

        return shared;
    }

    private static Task<KeptReply?> Nothing { get; } = Task.FromResult<KeptReply?>(null);

    private async Task CompleteAsync(TaskCompletionSource<KeptReply?> own, string key, byte[] question)
    {
        KeptReply? kept = null;
        try
        {
            kept = await AskAllAsync(question).ConfigureAwait(false);
            if (kept is { Reply.Ttl.Ticks: > 0 })
                _kept.Set(question, kept, 1 + (kept.Reply.Message.Length / CostUnit));
        }
        finally
        {
            _asking.TryRemove(key, out _);
            Interlocked.Decrement(ref _count);
            own.SetResult(kept);
        }
    }

    private async Task<KeptReply?> AskAllAsync(byte[] question)
    {
        foreach (var server in InTurn())
        {
            var started = time.GetTimestamp();
            using var deadline = new CancellationTokenSource(options.RecursorTimeout, time);
            try
            {
                var reply = await UpstreamClient.AskAsync(server, question, deadline.Token).ConfigureAwait(false);
                metrics.RecursorDuration.Record(time.GetElapsedTime(started));
                _silent.TryRemove(server, out _);
                var knows = reply.Code is ResponseCode.NoError or ResponseCode.NameError;
                metrics.Asked(server.ToString(), knows ? "answered" : "refused").Increment();
                if (knows)
                    return new KeptReply(reply, time.GetTimestamp());
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                _silent[server] = time.GetTimestamp();
                metrics.Asked(server.ToString(), "silent").Increment();
            }
        }

        return null;
    }

    private IEnumerable<IPEndPoint> InTurn()
    {
        var servers = options.Recursors.ToArray();
        for (var i = servers.Length - 1; options.RandomRecursor && i > 0; i--)
        {
            var other = random.Next(i + 1);
            (servers[i], servers[other]) = (servers[other], servers[i]);
        }

        return servers.OrderBy(s => _silent.TryGetValue(s, out var at) && time.GetElapsedTime(at) < Shunned ? 1 : 0);
    }
}
