using System.Collections.Concurrent;
using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Queries;

/// <summary>
/// The bytes of answers that depend on their question and their index alone. Thousands who wait for one service all get what the first of them had
/// written down, and a service that nobody changes is written down once.
/// </summary>
internal sealed class AnswerCache
{
    private const int MostQuestions = 4096;

    /// <summary>Of all answers together; beyond it everything is forgotten, which costs each question one writing.</summary>
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _bytes;

    /// <param name="context">The request; by nearness and indented answers are not kept.</param>
    /// <param name="index">The answer's: whenever the answer changes, it has another one.</param>
    /// <param name="write">Makes the answer; may refuse.</param>
    public ReadOnlyMemory<byte> Get(ApiContext context, ulong index, Func<ReadOnlyMemory<byte>> write)
    {
        if (context.Query.Has("near") || context.Query.Has("pretty"))
            return write();
        var entry = _entries.GetOrAdd($"{context.Route.Pattern}{context.Parameter}?{context.Query.Question()}", static _ => new Entry());
        ReadOnlyMemory<byte> answer;
        long grown;
        lock (entry)
        {
            if (entry.Index == index)
                return entry.Answer;
            answer = write();
            grown = answer.Length - entry.Answer.Length;
            (entry.Index, entry.Answer) = (index, answer);
        }

        if (Interlocked.Add(ref _bytes, grown) > MostBytes || _entries.Count > MostQuestions)
        {
            _entries.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        return answer;
    }

    private sealed class Entry
    {
        /// <summary>0: no answer yet, for none has that index.</summary>
        public ulong Index { get; set; }

        public ReadOnlyMemory<byte> Answer { get; set; }
    }
}
