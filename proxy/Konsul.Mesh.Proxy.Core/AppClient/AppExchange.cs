using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>
/// One request and its answer on one connection, both directions at the same time. The connection goes back to the pool, or is closed, exactly
/// once: when the answer has ended and the request too. An answer that ends before the request stops the request's body.
/// </summary>
internal sealed class AppExchange(AppHandler pool, AppConnection connection, CancellationToken cancellation)
{
    /// <summary>100, 102 and 103 before the answer itself.</summary>
    private const int MaxInterim = 32;
    private readonly Lock _lock = new();
    private CancellationTokenRegistration _registration;
    private Action? _stopBody;
    private TaskCompletionSource? _continue;
    private Task? _reading;
    private RequestPart _request = RequestPart.Going;
    private bool _keepAlive;
    private bool _answerEnded;
    private bool _released;

    private enum RequestPart
    {
        Going,
        LastGoesOut,
        Whole,
        Broken,
    }

    public AppConnection Connection => connection;

    /// <summary>Ends the connection when it is cancelled, for as long as the exchange runs.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Whether a byte of the answer came.</summary>
    public bool HasAnswerBegun { get; private set; }

    /// <summary>Whether the content was asked for its bytes: it gives them only once.</summary>
    public bool IsContentTouched => _stopBody is not null;

    /// <summary>Whether even the first bytes could not be sent.</summary>
    public bool IsUnsent { get; private set; }

    public static bool IsConnectionFailure(Exception e) => e is SocketException or ObjectDisposedException or IOException;

    /// <summary>Sends the head, and begins with the body beside it.</summary>
    public ValueTask BeginAsync(HttpRequestMessage request, TimeProvider time)
    {
        _registration = cancellation.UnsafeRegister(static c => ((AppConnection)c!).Abort(), connection);
        connection.Head.Begin();
        var length = request.Content?.Headers.ContentLength;
        var head = RequestHead.Write(request, length, out var count);
        if (request.Content is not { } content || length == 0)
        {
            return SendHeadAsync(head, count, isWhole: true);
        }

        if (request.Headers.ExpectContinue == true)
        {
            return SendAfterContinueAsync(head, count, content, length, time);
        }

        StartBody(content, head, count, length);
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads until the head of the final answer; begun already if the body had to wait for it.</summary>
    public ValueTask HeadAsync() => _reading is { } begun ? new ValueTask(begun) : ReadHeadAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadHeadAsync()
    {
        var head = connection.Head;
        for (var interim = 0; interim < MaxInterim; interim++)
        {
            int consumed;
            while (!head.TryParse(connection.Unread, out consumed))
            {
                var count = await connection.ReceiveAsync().ConfigureAwait(false);
                connection.Received(count);
                if (count == 0)
                {
                    throw MalformedAnswer.Truncated();
                }

                HasAnswerBegun = true;
            }

            connection.Consume(consumed);
            if (head.Status >= 200)
            {
                return;
            }

            if (head.Status == (int)HttpStatusCode.SwitchingProtocols)
            {
                throw MalformedAnswer.Because("It switches protocols without being asked.");
            }

            if (head.Status == (int)HttpStatusCode.Continue)
            {
                _continue?.TrySetResult();
            }

            head.Begin();
        }

        throw MalformedAnswer.TooLarge($"More than {MaxInterim} interim answers.");
    }

    /// <summary>Makes the message of the head that was read.</summary>
    public HttpResponseMessage Answer(HttpRequestMessage request)
    {
        var head = connection.Head;
        var framing = head.Framing(request.Method == HttpMethod.Head);
        _keepAlive = head.KeepsAlive && framing != BodyFraming.UntilClose;
        var response = new HttpResponseMessage((HttpStatusCode)head.Status) { RequestMessage = request, Version = HttpVersion.Version11 };
        if (head.Reason is not null)
        {
            response.ReasonPhrase = head.Reason;
        }

        var body = new ResponseBody(this, framing, head.Length, response);
        var content = new AppContent(body);
        response.Content = content;
        for (var i = 0; i < head.Fields.Count; i++)
        {
            var (name, value) = head.Fields[i];
            if (!response.Headers.TryAddWithoutValidation(name, value))
            {
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        if (framing == BodyFraming.None)
        {
            AnswerEnded(whole: true);
        }

        return response;
    }

    /// <summary>The answer was read to its end, or nobody reads it any more. Only the first call counts.</summary>
    public void AnswerEnded(bool whole)
    {
        bool reuse;
        var stop = false;
        lock (_lock)
        {
            if (_answerEnded)
            {
                return;
            }

            _answerEnded = true;
            _keepAlive &= whole;
            if (_request == RequestPart.LastGoesOut && whole)
            {
                // A matter of microseconds; whoever sends it releases the connection.
                return;
            }

            reuse = _keepAlive && _request == RequestPart.Whole;
            stop = _request is RequestPart.Going or RequestPart.LastGoesOut;
            _released = true;
        }

        Release(reuse);
        if (stop)
        {
            _stopBody?.Invoke();
        }
    }

    public void LastOfRequestGoesOut()
    {
        lock (_lock)
        {
            _request = RequestPart.LastGoesOut;
        }
    }

    /// <summary>The app does not take the last bytes yet. If it has answered, it may never.</summary>
    public void LastOfRequestIsHeldUp()
    {
        bool release;
        lock (_lock)
        {
            _request = RequestPart.Going;
            release = _answerEnded && !_released;
            _released |= release;
        }

        if (release)
        {
            Release(reuse: false);
            _stopBody?.Invoke();
        }
    }

    public void RequestEnded(bool whole)
    {
        bool release;
        lock (_lock)
        {
            _request = whole ? RequestPart.Whole : RequestPart.Broken;
            release = _answerEnded && !_released;
            _released |= release;
        }

        if (release)
        {
            Release(_keepAlive && whole);
        }
    }

    /// <summary>What the caller is told: a cancellation if it was one.</summary>
    public Exception Translate(Exception e)
    {
        if (cancellation.IsCancellationRequested)
        {
            return new OperationCanceledException("The request was given up.", e, cancellation);
        }

        return e switch
        {
            HttpIOException => e,
            _ => MalformedAnswer.Truncated(e),
        };
    }

    private void Release(bool reuse)
    {
        // A callback that runs, or ran, has closed the socket.
        var intact = !cancellation.CanBeCanceled || _registration.Unregister();
        if (reuse && intact && connection.Unread.IsEmpty)
        {
            pool.Return(connection);
        }
        else
        {
            pool.Discard(connection);
        }
    }

    private async ValueTask SendHeadAsync(byte[] head, int count, bool isWhole)
    {
        try
        {
            await connection.SendAsync(head.AsMemory(0, count)).ConfigureAwait(false);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            IsUnsent = true;
            throw;
        }

        System.Buffers.ArrayPool<byte>.Shared.Return(head);
        if (isWhole)
        {
            RequestEnded(whole: true);
        }
    }

    /// <summary>RFC 9110 section 10.1.1: the body waits for 100, but not for ever; a final answer spares it.</summary>
    private async ValueTask SendAfterContinueAsync(byte[] head, int count, HttpContent content, long? length, TimeProvider time)
    {
        _continue = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendHeadAsync(head, count, isWhole: false).ConfigureAwait(false);
        _reading = ReadHeadAsync().AsTask();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(_reading, _continue.Task, Task.Delay(pool.ContinueTimeout, time, either.Token)).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        if (!_reading.IsCompleted)
        {
            StartBody(content, null, 0, length);
        }
    }

    private void StartBody(HttpContent content, byte[]? head, int count, long? length)
    {
        var body = new RequestBody(this, connection, length);
        _stopBody = body.Stop;
        if (head is not null)
        {
            body.Gather(head, count);
        }

        _ = PumpAsync(body, content.CopyToAsync(body, null, body.Stopped));
    }

    private async Task PumpAsync(RequestBody body, Task copying)
    {
        try
        {
            if (!copying.IsCompleted)
            {
                await body.OpenAsync().ConfigureAwait(false);
            }

            await copying.ConfigureAwait(false);
            await body.FinishAsync().ConfigureAwait(false);
        }
        catch (Exception) when (body.IsRefused)
        {
            // The app may have answered without wanting the rest: the answer decides.
        }
        catch (Exception)
        {
            // The client broke off. The app must not take what it has for the whole.
            connection.Abort();
        }
    }
}
