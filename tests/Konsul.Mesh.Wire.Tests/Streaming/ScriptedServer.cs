using System.Threading.Channels;
using Grpc.Core;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Tests.Streaming;

/// <summary>The far end of discovery streams in a test's hand: it reads what the client sends and sends what the test says.</summary>
internal sealed class ScriptedServer : CallInvoker
{
    private readonly Channel<Stream> _streams = Channel.CreateUnbounded<Stream>();

    /// <summary>Set: the next streams fail at once with this.</summary>
    public Status? Failure { get; set; }

    public int Opened { get; private set; }

    public async Task<Stream> AcceptAsync() => await _streams.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Opened++;
        if (Failure is { } status)
        {
            throw new RpcException(status);
        }

        var stream = new Stream(options.CancellationToken);
        _streams.Writer.TryWrite(stream);
        return (AsyncDuplexStreamingCall<TRequest, TResponse>)(object)new AsyncDuplexStreamingCall<DeltaRequest, DeltaResponse>(
            stream, stream, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => stream.End());
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException();

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

    internal sealed class Stream(CancellationToken cancelled) : IClientStreamWriter<DeltaRequest>, IAsyncStreamReader<DeltaResponse>
    {
        private readonly Channel<DeltaRequest> _up = Channel.CreateUnbounded<DeltaRequest>();
        private readonly Channel<DeltaResponse> _down = Channel.CreateUnbounded<DeltaResponse>();

        public WriteOptions? WriteOptions { get; set; }

        public DeltaResponse Current { get; private set; } = new();

        public Task WriteAsync(DeltaRequest message) => _up.Writer.WriteAsync(message.Clone(), cancelled).AsTask();

        public Task WriteAsync(DeltaRequest message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task CompleteAsync() => Task.CompletedTask;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (!await _down.Reader.WaitToReadAsync(cancelled))
            {
                return false;
            }

            Current = await _down.Reader.ReadAsync(cancelled);
            return true;
        }

        public void Send(DeltaResponse response) => _down.Writer.TryWrite(response);

        public void End() => _down.Writer.TryComplete();

        public Task<DeltaRequest> ReadAsync() => _up.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        /// <summary>The six subscriptions with which every stream begins.</summary>
        public async Task<List<DeltaRequest>> ReadSubscriptionsAsync()
        {
            var requests = new List<DeltaRequest>();
            while (requests.Count < 6)
            {
                requests.Add(await ReadAsync());
            }

            return requests;
        }
    }
}
