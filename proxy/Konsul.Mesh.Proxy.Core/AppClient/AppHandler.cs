using System.Net.Sockets;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>
/// HTTP/1.1 to the local app below the forwarder: a pool of connections to one address. Request and answer flow at the same time, so an app may
/// answer while it still reads. Nothing here times a request: the caller's token does, and ends the connection at once.
/// </summary>
/// <remarks>
/// A request that fails on a connection used before, without a byte of the answer, is sent once more on a new one, if nothing can have acted
/// on it: its content was not asked for, and either its method is idempotent or not even its head could be sent (RFC 9110 section 9.2.2).
/// </remarks>
internal sealed class AppHandler : HttpMessageHandler
{
    private readonly ProxyEngineOptions _options;
    private readonly Func<CancellationToken, ValueTask<Socket>> _dial;
    private readonly TimeProvider _time;
    private readonly IdleConnections _idle;
    private readonly SemaphoreSlim? _places;

    /// <param name="options">Limits.</param>
    /// <param name="dial">Opens a connection, within its own time limit.</param>
    /// <param name="time">Ages idle connections.</param>
    public AppHandler(ProxyEngineOptions options, Func<CancellationToken, ValueTask<Socket>> dial, TimeProvider time)
    {
        _options = options;
        _dial = dial;
        _time = time;
        _idle = new IdleConnections(options.MaxIdleLocalConnections, options.LocalIdleTimeout, time);
        _places = options.MaxLocalConnections == int.MaxValue ? null : new SemaphoreSlim(options.MaxLocalConnections);
    }

    public TimeSpan ContinueTimeout => _options.LocalContinueTimeout;

    public int IdleCount => _idle.Count;

    /// <summary>Requests go on, and may still come; no connection is kept any more.</summary>
    public void Retire() => _idle.Dispose();

    public void Return(AppConnection connection)
    {
        _idle.Put(connection);
        _places?.Release();
    }

    public void Discard(AppConnection connection)
    {
        connection.Close();
        _places?.Release();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var fresh = false;
        while (true)
        {
            var exchange = new AppExchange(this, await TakeAsync(fresh, cancellationToken).ConfigureAwait(false), cancellationToken);
            try
            {
                await exchange.BeginAsync(request, _time).ConfigureAwait(false);
                await exchange.HeadAsync().ConfigureAwait(false);
                return exchange.Answer(request);
            }
            catch (Exception e)
            {
                exchange.AnswerEnded(whole: false);
                if (!AppExchange.IsConnectionFailure(e))
                {
                    throw;
                }

                if (!fresh && exchange.Connection.IsReused && MayRepeat(request, exchange) && !cancellationToken.IsCancellationRequested)
                {
                    fresh = true;
                    continue;
                }

                var told = exchange.Translate(e);
                throw told is HttpIOException io ? new HttpRequestException(io.HttpRequestError, io.Message, io) : told;
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _idle.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool MayRepeat(HttpRequestMessage request, AppExchange exchange) =>
        !exchange.HasAnswerBegun && !exchange.IsContentTouched
        && (exchange.IsUnsent || IsIdempotent(request.Method));

    private static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Put
        || method == HttpMethod.Delete || method == HttpMethod.Trace;

    private async ValueTask<AppConnection> TakeAsync(bool fresh, CancellationToken cancellation)
    {
        if (_places is not null)
        {
            await _places.WaitAsync(cancellation).ConfigureAwait(false);
        }

        if (!fresh && _idle.TryTake(out var connection))
        {
            return connection;
        }

        try
        {
            return new AppConnection(await _dial(cancellation).ConfigureAwait(false), _options.MaxResponseHeadBytes);
        }
        catch (IOException e)
        {
            _places?.Release();
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
        catch
        {
            _places?.Release();
            throw;
        }
    }
}
