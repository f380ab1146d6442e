using System.Globalization;
using Konsul.Mesh.Model;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Events;

namespace Konsul.Mesh.Server.Queries;

/// <summary>
/// Reads that may wait: the answer comes at once when its index exceeds the client's, else when a change touches one of its topics and moves
/// the index, when the wait is over, or when clients are to go. A client whose index lies beyond all that was ever applied holds one of
/// another life of the data; it is answered at once, sees the index go down and starts over.
/// </summary>
internal sealed class BlockingQueries(
    ReplicatedState state, HttpApiMetrics metrics, SharedDeadlines deadlines, IRandom random, CancellationToken closing)
{
    /// <summary>Waits end up to this fraction later than asked, so that clients that started together do not return together.</summary>
    private const int JitterFraction = 16;

    private readonly AgentCache _cache = new();

    public async Task<Answer<T>> RunAsync<T>(ApiContext context, IReadOnlyList<Topic> topics, Func<StateView, Answer<T>> read)
    {
        var options = context.Read;
        await FreshenAsync(context, options).ConfigureAwait(false);

        var view = state.View;
        var answer = read(view);
        if (!Blocks(answer.Index, options.MinIndex, view))
            return answer;

        context.Blocked = true;
        metrics.WaitStarted();
        try
        {
            return await WaitAsync(context, topics, read, options, answer.Missing).ConfigureAwait(false);
        }
        finally
        {
            metrics.WaitEnded();
        }
    }

    /// <summary>The state, as fresh as the request asks; for what never waits.</summary>
    public async Task<StateView> ViewAsync(ApiContext context)
    {
        await FreshenAsync(context, context.Read).ConfigureAwait(false);
        return state.View;
    }

    /// <summary>Runs the query, sets the read headers and hands back its value.</summary>
    public async Task<T> ReadAsync<T>(ApiContext context, IReadOnlyList<Topic> topics, Func<StateView, Answer<T>> read)
    {
        var answer = await RunAsync(context, topics, read).ConfigureAwait(false);
        context.SetReadHeaders(answer.Index);
        return answer.Value;
    }

    /// <summary>Waits, as long as the query allows, until what is read satisfies the client; for answers that have no index.</summary>
    /// <returns>What was read last, satisfying or not.</returns>
    public async Task<T> WaitForAsync<T>(ApiContext context, IReadOnlyList<Topic> topics, Func<T> read, Func<T, bool> satisfies)
    {
        context.Blocked = true;
        using var over = deadlines.After(context.Read.Wait);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, closing, over.Token);
        while (true)
        {
            using var watch = state.Watch(topics);
            var value = read();
            if (satisfies(value))
                return value;
            try
            {
                await watch.WaitAsync(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!context.Aborted.IsCancellationRequested)
            {
                return read();
            }
        }
    }

    /// <summary>The default is as strong as <c>consistent</c>: both ask the leader, who asks the majority. Only a stale read takes what is here.</summary>
    private async Task FreshenAsync(ApiContext context, ReadOptions options)
    {
        if (options.Cached && context.Route.Cacheable && state.HasLog)
        {
            await FromCacheAsync(context).ConfigureAwait(false);
            return;
        }

        if (options.Consistency == "stale" && state.HasLog)
        {
            var status = state.Log.Status;
            context.LeaderAge = status.Leader.Length > 0 ? status.SinceLeaderContact : null;
            if (options.MaxStale is not { } allowed || context.LeaderAge <= allowed)
                return;
            context.LeaderAge = TimeSpan.Zero;
        }

        await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
    }

    private async Task FromCacheAsync(ApiContext context)
    {
        var status = state.Log.Status;
        var (headers, age) = (context.Http.Response.Headers, status.Leader.Length > 0 ? status.SinceLeaderContact : null);
        if (!_cache.IsHit(context, age))
        {
            try
            {
                await state.BarrierAsync(context.Aborted).ConfigureAwait(false);
                headers["X-Cache"] = "MISS";
                return;
            }
            catch (ApiException) when (CacheDirectives.Parse(context.Http.Request.Headers.CacheControl.ToString()).StaleIfError >= (status.SinceLeaderContact ?? TimeSpan.MaxValue))
            {
                // The client prefers what is here to nothing.
            }
        }

        context.LeaderAge = age;
        headers["X-Cache"] = "HIT";
        headers["Age"] = ((long)(status.SinceLeaderContact?.TotalSeconds ?? 0)).ToString(CultureInfo.InvariantCulture);
    }

    private async Task<Answer<T>> WaitAsync<T>(
        ApiContext context, IReadOnlyList<Topic> topics, Func<StateView, Answer<T>> read, ReadOptions options, bool missing)
    {
        var minIndex = options.MinIndex;
        using var over = deadlines.After(options.Wait + (options.Wait / JitterFraction * random.NextDouble()));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, closing, over.Token);
        while (true)
        {
            // Armed before the view is read, so that no change between the two is missed.
            using var watch = state.Watch(topics);
            var view = state.View;
            var answer = read(view);
            if (answer.Missing && missing)
                minIndex = Math.Max(minIndex, answer.Index);
            missing = answer.Missing;
            if (!Blocks(answer.Index, minIndex, view) || stop.IsCancellationRequested)
                return answer;

            try
            {
                await watch.WaitAsync(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!context.Aborted.IsCancellationRequested)
            {
                return read(state.View);
            }
        }
    }

    private static bool Blocks(ulong index, ulong minIndex, StateView view) => minIndex > 0 && index <= minIndex && minIndex <= Math.Max(view.Index, 1);
}
