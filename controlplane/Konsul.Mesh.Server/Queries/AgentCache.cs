using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Queries;

/// <summary>
/// What <c>?cached</c> means here. Every server holds the whole state and follows it, so a hit is a read of that, as old as the last word from the leader;
/// only the first of its kind asks the leader, as a cache that is still empty does. Remembers which questions were asked, a bounded number.
/// </summary>
internal sealed class AgentCache
{
    private const int MostQuestions = 16 * 1024;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Whether a request may be answered from here without asking the leader.</summary>
    /// <param name="context">The request.</param>
    /// <param name="age">How old the state may be; null when nobody leads.</param>
    public bool IsHit(ApiContext context, TimeSpan? age)
    {
        var directives = CacheDirectives.Parse(context.Http.Request.Headers.CacheControl.ToString());
        var fresh = !directives.NoCache && (age ?? TimeSpan.MaxValue) <= (directives.MaxAge ?? TimeSpan.MaxValue);
        return Remember($"{context.Route.Pattern}{context.Parameter}?{context.Query.Question()}") && fresh;
    }

    private bool Remember(string question)
    {
        lock (_lock)
        {
            // Forgetting costs each question one trip to the leader, no more.
            if (_asked.Count >= MostQuestions)
                _asked.Clear();
            return !_asked.Add(question);
        }
    }
}
