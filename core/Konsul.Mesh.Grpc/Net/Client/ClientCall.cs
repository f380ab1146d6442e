using System.Buffers;
using Grpc.Core;
using Grpc.Protocol;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>
/// One call on the client, of any kind. It ends once, by whatever comes first: the server's status, a failure, the caller's token, the
/// deadline, <see cref="Dispose"/>, the end of the channel. Its end stops both directions; an end before the server's resets the stream.
/// </summary>
internal sealed partial class ClientCall<TRequest, TResponse> : IAsyncStreamReader<TResponse>, IDisposable
    where TRequest : class
    where TResponse : class
{
    private const string CallIsComplete = "Can't write the message because the call is complete.";

    private readonly GrpcChannel _channel;
    private readonly Method<TRequest, TResponse> _method;
    private readonly string? _host;
    private readonly CallOptions _options;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource<Metadata> _responseHeaders = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Outcome? _outcome;
    private HttpResponseMessage? _response;
    private DeadlineTimer? _deadlineTimer;
    private CancellationTokenRegistration _callerRegistration;
    private CancellationTokenRegistration _channelRegistration;

    public ClientCall(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        _channel = channel;
        _method = method;
        _host = host;
        _options = options;
        ObjectDisposedException.ThrowIf(channel.Shutdown.IsCancellationRequested, channel);
    }

    public Task<Metadata> ResponseHeadersAsync => _responseHeaders.Task;

    public WriteOptions? WriteOptions => _options.WriteOptions;

    /// <summary>Cancelled when the call has ended, however.</summary>
    public CancellationToken Ended => _ended.Token;

    public void Start(TRequest request)
    {
        var frame = new ArrayBufferWriter<byte>();
        new MessageWriter(frame, _channel.MaxSendMessageSize).Write(_method.RequestMarshaller, request);
        Start(new SingleMessageContent(frame.WrittenMemory));
    }

    public IClientStreamWriter<TRequest> StartStream()
    {
        var content = new StreamingContent();
        var writer = new ClientStreamWriter<TRequest, TResponse>(this, content, _method.RequestMarshaller, _channel.MaxSendMessageSize);
        Start(content);
        return writer;
    }

    /// <exception cref="InvalidOperationException">The call has not ended.</exception>
    public Status GetStatus() => EndedOutcome().Status;

    /// <exception cref="InvalidOperationException">The call has not ended.</exception>
    public Metadata GetTrailers() => EndedOutcome().Trailers;

    public void Dispose() => End(new Status(StatusCode.Cancelled, "gRPC call disposed."), Metadata.Empty);

    public CancellationTokenRegistration CancelWith(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static call => ((ClientCall<TRequest, TResponse>)call!).Cancel(), this);

    /// <exception cref="RpcException">With the call's status, unless it is OK.</exception>
    /// <exception cref="InvalidOperationException">The call has ended well.</exception>
    public void ThrowIfEnded()
    {
        if (Volatile.Read(ref _outcome) is not { } outcome)
            return;
        throw outcome.Status.StatusCode == StatusCode.OK
            ? new InvalidOperationException(CallIsComplete)
            : outcome.ToException();
    }

    /// <summary>
    /// Why a write did not succeed. The server's status says more than the broken stream, so it is waited for where it comes in the
    /// headers; where it comes in the trailers the call goes on until its reader finds it.
    /// </summary>
    public async Task<Exception> WriteFailedAsync(Exception exception)
    {
        await _received.Task.ConfigureAwait(false);
        return Volatile.Read(ref _outcome) switch
        {
            null => new RpcException(CallFailure.FromException("Error writing request message.", exception)),
            { Status.StatusCode: StatusCode.OK } => new InvalidOperationException(CallIsComplete, exception),
            var outcome => outcome.ToException(),
        };
    }

    private void Start(HttpContent content)
    {
        TimeSpan? timeout = _options.Deadline is { } deadline && deadline != DateTime.MaxValue
            ? deadline.ToUniversalTime() - _channel.Time.GetUtcNow().UtcDateTime
            : null;
        var request = CreateRequest(content, timeout);
        _callerRegistration = CancelWith(_options.CancellationToken);
        _channelRegistration = _channel.Shutdown.UnsafeRegister(static call => ((ClientCall<TRequest, TResponse>)call!).Dispose(), this);
        if (timeout <= TimeSpan.Zero)
            OnDeadline();
        else if (timeout is { } left)
            _deadlineTimer = new DeadlineTimer(_channel.Time, left, OnDeadline);

        _ = ReceiveHeadersAsync(request);
        if (Volatile.Read(ref _outcome) is not null)
            ReleaseResources();
    }

    private HttpRequestMessage CreateRequest(HttpContent content, TimeSpan? timeout)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _channel.AddressOf(_method.FullName))
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        var headers = request.Headers;
        headers.Host = _host;
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation(GrpcProtocol.AcceptEncodingHeader, GrpcProtocol.AcceptedEncodings);
        if (timeout is { } value && value > TimeSpan.Zero)
            headers.TryAddWithoutValidation(GrpcProtocol.TimeoutHeader, GrpcTimeout.Format(value));
        foreach (var entry in _options.Headers ?? Metadata.Empty)
            headers.TryAddWithoutValidation(entry.Key, MetadataCodec.ToWire(entry));
        if (!headers.Contains("user-agent"))
            headers.TryAddWithoutValidation("user-agent", "grpc-konsul-mesh");
        return request;
    }

    private void Cancel() => End(new Status(StatusCode.Cancelled, "Call canceled by the client."), Metadata.Empty);

    private void OnDeadline() => End(new Status(StatusCode.DeadlineExceeded, ""), Metadata.Empty);

    /// <summary>The first end counts; returns that one.</summary>
    private Outcome End(Status status, Metadata trailers)
    {
        var mine = new Outcome(status, trailers);
        if (Interlocked.CompareExchange(ref _outcome, mine, null) is { } earlier)
            return earlier;

        if (status.StatusCode != StatusCode.OK)
            _channel.Logger.LogDebug(status.DebugException, "Call of {Method} ended: {Status}", _method.FullName, status);
        _ended.Cancel();
        ReleaseResources();
        if (_responseHeaders.TrySetException(mine.ToException()))
            _ = _responseHeaders.Task.Exception; // may go unobserved
        return mine;
    }

    private void ReleaseResources()
    {
        Volatile.Read(ref _response)?.Dispose();
        _deadlineTimer?.Dispose();
        _callerRegistration.Unregister();
        _channelRegistration.Unregister();
    }

    private Outcome EndedOutcome() =>
        Volatile.Read(ref _outcome)
            ?? throw new InvalidOperationException("Unable to get the status or trailers because the call is not complete.");

    private sealed record Outcome(Status Status, Metadata Trailers)
    {
        public RpcException ToException() => new(Status, Trailers);
    }
}
