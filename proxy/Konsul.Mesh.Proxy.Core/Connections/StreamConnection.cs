using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>
/// An accepted, already decrypted connection in the form that Kestrel takes. Its bytes go straight between the stream and the HTTP engine:
/// no pipe, no scheduler between them, except where answers of many streams are gathered.
/// </summary>
internal sealed class StreamConnection : ConnectionContext, IDuplexPipe, IMemoryPoolFeature, IThreadPoolWorkItem
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly PrefetchPipeReader _input;
    private readonly CoalescingOutput? _coalescing;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _ended;
    private int _aborted;

    /// <param name="socket">The accepted socket; owned from here on.</param>
    /// <param name="stream">The plain or decrypted view of it; owned.</param>
    /// <param name="id">For Kestrel's logs.</param>
    /// <param name="shared">Whether many streams write to it at the same time (HTTP/2).</param>
    public StreamConnection(Socket socket, Stream stream, string id, bool shared)
    {
        _socket = socket;
        _stream = stream;
        ConnectionId = id;
        ConnectionClosed = _closed.Token;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        _input = new PrefetchPipeReader(stream, BlockPool.Instance, OnEnded);
        _coalescing = shared ? new CoalescingOutput(stream) : null;
        Output = _coalescing?.Writer
            ?? PipeWriter.Create(stream, new StreamPipeWriterOptions(BlockPool.Instance, BlockPool.LargeBlock, leaveOpen: true));
        Transport = this;
        Features.Set<IMemoryPoolFeature>(this);
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection(8);

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>(0);

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public PipeReader Input => _input;

    public PipeWriter Output { get; }

    public System.Buffers.MemoryPool<byte> MemoryPool => BlockPool.Instance;

    public Stream Stream => _stream;

    /// <summary>Completes when the connection was disposed by whoever serves it.</summary>
    public Task Done => _done.Task;

    public override void Abort(ConnectionAbortedException abortReason) => Abort();

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _aborted, 1) == 0)
        {
            // Linger 0 would reset: a peer that still reads its answer should get it, so only close.
            _socket.Dispose();
            OnEnded(null);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await Output.CompleteAsync().ConfigureAwait(false);
            await (_coalescing?.Written ?? Task.CompletedTask).ConfigureAwait(false);
            if (Volatile.Read(ref _aborted) == 0)
            {
                await CloseGracefullyAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            // The peer is gone: nothing is left to say to it.
        }
        finally
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
            _socket.Dispose();
            await _input.CompleteAsync().ConfigureAwait(false);
            OnEnded(null);
            await base.DisposeAsync().ConfigureAwait(false);
            _done.TrySetResult();
        }
    }

    void IThreadPoolWorkItem.Execute() => _closed.Cancel();

    private async ValueTask CloseGracefullyAsync()
    {
        if (_stream is System.Net.Security.SslStream tls)
        {
            await tls.ShutdownAsync().ConfigureAwait(false);
        }

        _socket.Shutdown(SocketShutdown.Both);
    }

    private void OnEnded(Exception? error)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            // Callbacks of the token are the HTTP engine's; they must not run on top of a receive.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
