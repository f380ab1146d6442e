using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Konsul.Mesh.Server.Http;

/// <summary>
/// How clients leave a server that ends, so that none of them has a request cut off. A server that closes a connection of HTTP/1.1 between two
/// requests cannot know whether the next one is already on its way. So it says "Connection: close" with an answer, and closes of its own accord
/// only what was not used for a while. Queries that wait are answered with what there is.
/// </summary>
internal sealed class ConnectionDrain(TimeProvider time) : IDisposable
{
    /// <summary>A client that has paused for so long hardly begins again in the very moment in which its connection is closed.</summary>
    public static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);
    private readonly ConcurrentDictionary<string, ConnectionUse> _open = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Cancelled when clients are to go: what waits is answered.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Connections of HTTP/1.1 that carry a request now.</summary>
    public int AtWork => _open.Values.Count(c => c.IsInUse(TimeSpan.Zero));

    /// <summary>Watches the connections of a port.</summary>
    public void Watch(ListenOptions listen) => listen.Use(next => async connection =>
    {
        var use = new ConnectionUse(this, time);
        connection.Features.Set(use);
        _open[connection.ConnectionId] = use;
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            _open.TryRemove(connection.ConnectionId, out _);
        }
    });

    /// <summary>Around every request.</summary>
    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<ConnectionUse>() is not { } use)
        {
            await next(http).ConfigureAwait(false);
            return;
        }

        var isMultiplexed = !HttpProtocol.IsHttp11(http.Request.Protocol) && !HttpProtocol.IsHttp10(http.Request.Protocol);
        if (!isMultiplexed)
            http.Response.OnStarting(SayClose, http);
        use.Begin(isMultiplexed);
        try
        {
            await next(http).ConfigureAwait(false);
        }
        finally
        {
            use.End();
        }
    }

    /// <summary>To be called when no connection is taken any more: returns when all clients that were at work have their answers and are gone.</summary>
    /// <exception cref="OperationCanceledException">Time is up; some are still there.</exception>
    public async Task EmptyAsync(CancellationToken forced)
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        while (_open.Values.Any(c => c.IsInUse(IdleAfter)))
            await Task.Delay(LookEvery, time, forced).ConfigureAwait(false);
    }

    public void Dispose() => _closing.Dispose();

    private static Task SayClose(object state)
    {
        var http = (HttpContext)state;
        if (http.Features.Get<ConnectionUse>() is { IsClosing: true })
            http.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
