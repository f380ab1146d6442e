using System.Globalization;
using Grpc.Core;
using Grpc.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

internal sealed partial class ServerCall
{
    /// <summary>Buffered messages beyond this many bytes are flushed though their writer hinted that more follows.</summary>
    private const int MaxUnflushed = 64 * 1024;

    private const int ResetInternalError = 2;
    private const int ResetCancel = 8;

    private const int Open = 0;
    private const int Writing = 1;
    private const int Ended = 2;

    private readonly MessageWriter _writer;

    /// <summary>
    /// Who may touch the response: it goes from Open to Writing and back for each write, and to Ended once. The handler and the deadline's
    /// timer both want to end it; the one that moves it there does.
    /// </summary>
    private int _phase;

    /// <summary>Headers or a message are on their way: the status follows in trailers, else it goes into the headers.</summary>
    private bool _begun;

    private volatile bool _deadlinePassed;
    private volatile bool _clientGone;

    /// <summary>Keeps the deadline's timer off an HttpContext that has gone back to the server.</summary>
    private readonly Lock _deadlineGate = new();
    private bool _finished;
    private Task _completion = Task.CompletedTask;

    private bool IsCancelled => _deadlinePassed || _clientGone || _cancellation.IsCancellationRequested;

    /// <exception cref="OperationCanceledException">The client is gone or the deadline has passed.</exception>
    public async Task WriteAsync<T>(T message, Marshaller<T> marshaller, bool flush, CancellationToken cancellationToken)
    {
        EnterWrite();
        try
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_writer.IsBroken)
                throw new InvalidOperationException("Can't write the message because the previous one failed half-way.");
            _begun = true;
            _writer.Write(marshaller, message);
            var pipe = HttpContext.Response.BodyWriter;
            if (!flush && pipe.UnflushedBytes < MaxUnflushed)
                return;

            var flushed = await pipe.FlushAsync(cancellationToken);
            if (flushed.IsCanceled || flushed.IsCompleted)
                throw ClientGone(null);
        }
        finally
        {
            Interlocked.CompareExchange(ref _phase, Open, Writing);
        }
    }

    /// <summary>The response of a method that has one; not flushed, as the trailers follow at once.</summary>
    public Task RespondAsync<T>(T? response, Marshaller<T> marshaller)
        where T : class
    {
        if (response is null)
            throw new RpcException(new Status(StatusCode.Cancelled, "No message returned from method."));
        return StatusCore.StatusCode == StatusCode.OK
            ? WriteAsync(response, marshaller, flush: false, CancellationToken.None)
            : Task.CompletedTask;
    }

    /// <summary>The handler has returned.</summary>
    public void End() => EndOnce(StatusCore, _responseTrailers, ResetInternalError);

    /// <summary>The handler, or what came before it, has thrown.</summary>
    public void Fail(Exception exception)
    {
        switch (exception)
        {
            case RpcException rpc:
                foreach (var entry in rpc.Trailers)
                    ResponseTrailersCore.Add(entry);
                EndOnce(rpc.Status, _responseTrailers, ResetInternalError);
                break;
            case OperationCanceledException or IOException when IsCancelled:
                var code = _deadlinePassed ? StatusCode.DeadlineExceeded : StatusCode.Cancelled;
                EndOnce(new Status(code, "The call was cancelled."), null, ResetCancel);
                break;
            case BadHttpRequestException:
                EndOnce(new Status(StatusCode.Internal, "Malformed request."), null, ResetInternalError);
                break;
            default:
                _services.Logger.LogError(exception, "Error when executing service method '{Method}'.", MethodCore);
                var detail = _services.Options.EnableDetailedErrors == true ? $" {exception.GetType().Name}: {exception.Message}" : "";
                EndOnce(new Status(StatusCode.Unknown, "Exception was thrown by handler." + detail), _responseTrailers, ResetInternalError);
                break;
        }
    }

    /// <summary>The last act: from here on the deadline does nothing; an end that it has begun is waited for.</summary>
    public Task FinishAsync()
    {
        lock (_deadlineGate)
        {
            _finished = true;
            return _completion;
        }
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        EnterWrite();
        try
        {
            if (_begun)
                throw new InvalidOperationException("Response headers can only be sent once per call.");
            foreach (var entry in responseHeaders)
                HttpContext.Response.Headers.Append(entry.Key, MetadataCodec.ToWire(entry));
            _begun = true;
            await HttpContext.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
        finally
        {
            Interlocked.CompareExchange(ref _phase, Open, Writing);
        }
    }

    private void ThrowIfEnded()
    {
        if (Volatile.Read(ref _phase) == Ended)
            throw IsCancelled ? new OperationCanceledException(_cancellation) : new InvalidOperationException("The call has ended.");
    }

    private void EnterWrite()
    {
        ThrowIfEnded();
        if (Interlocked.CompareExchange(ref _phase, Writing, Open) != Open)
            throw new InvalidOperationException("Can't write the message: the previous write is in progress or the call has ended.");
    }

    /// <summary>The client must learn of it even if the handler pays no heed: the response ends here.</summary>
    private void OnDeadline()
    {
        lock (_deadlineGate)
        {
            if (_finished)
                return;
            _deadlinePassed = true;
            if (EndOnce(new Status(StatusCode.DeadlineExceeded, "Deadline exceeded."), null, ResetCancel))
                _completion = HttpContext.Response.CompleteAsync();
        }

        try
        {
            _deadlineCancellation!.Cancel();
        }
        catch (AggregateException e)
        {
            _services.Logger.LogError(e, "A cancellation callback of service method '{Method}' failed.", MethodCore);
        }
    }

    /// <summary>
    /// Ends the call unless it has ended; true if the status is on its way. While a write is on its way (a slow reader holds it up, or a
    /// handler did not await it) no trailers can follow, so the stream is reset.
    /// </summary>
    private bool EndOnce(Status status, Metadata? trailers, int resetCode)
    {
        switch (Interlocked.Exchange(ref _phase, Ended))
        {
            case Ended:
                return false;
            case Writing:
                Reset(resetCode);
                return false;
        }

        if (_writer.IsBroken)
        {
            Reset(ResetInternalError);
            return false;
        }

        SetStatus(status, trailers);
        return true;
    }

    private void SetStatus(Status status, Metadata? trailers)
    {
        var destination = _begun
            ? HttpContext.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : HttpContext.Response.Headers;
        try
        {
            foreach (var entry in trailers ?? [])
                destination.Append(entry.Key, MetadataCodec.ToWire(entry));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            _services.Logger.LogError(e, "Service method '{Method}' set a trailer that cannot be sent.", MethodCore);
            status = new Status(StatusCode.Unknown, "Exception was thrown by handler.");
        }

        destination[GrpcProtocol.StatusTrailer] = ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (!string.IsNullOrEmpty(status.Detail))
            destination[GrpcProtocol.MessageTrailer] = StatusMessage.Encode(status.Detail);
    }

    private OperationCanceledException ClientGone(Exception? cause)
    {
        _clientGone = true;
        return new OperationCanceledException("The client has ended the call.", cause, _cancellation);
    }

    private void Reset(int http2ErrorCode)
    {
        if (HttpContext.Features.Get<IHttpResetFeature>() is { } reset)
            reset.Reset(http2ErrorCode);
        else
            HttpContext.Abort();
    }
}
