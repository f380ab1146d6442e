using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Network;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

/// <summary>A network inside this process that a test can cut, stall and watch. Every node has an address of its own.</summary>
internal sealed class MemoryNetwork
{
    private readonly ConcurrentDictionary<IPEndPoint, Listener> _listeners = new();
    private int _lastPort = 40_000;

    /// <summary>All that were ever made, in order.</summary>
    public ConcurrentQueue<Link> Links { get; } = new();

    /// <summary>Dials refused so far, for want of a listener or by <see cref="Blocked"/>.</summary>
    public int Refusals => _refusals;

    /// <summary>Addresses where nobody answers.</summary>
    public ConcurrentDictionary<IPEndPoint, bool> Blocked { get; } = new();

    private int _refusals;

    public IPeerNetwork At(IPAddress address) => new View(this, address);

    private sealed class View(MemoryNetwork network, IPAddress own) : IPeerNetwork
    {
        public ValueTask<IPeerConnection> ConnectAsync(PeerAddress address, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var to = new IPEndPoint(IPAddress.Parse(address.Host), address.Port);
            if (network.Blocked.ContainsKey(to) || !network._listeners.TryGetValue(to, out var listener))
            {
                Interlocked.Increment(ref network._refusals);
                throw new IOException($"Nobody listens at {to}.");
            }

            var link = new Link(new IPEndPoint(own, Interlocked.Increment(ref network._lastPort)), to);
            network.Links.Enqueue(link);
            return listener.Waiting.Writer.TryWrite(link.Accepted) ? ValueTask.FromResult<IPeerConnection>(link.Dialled) : throw new IOException("The listener is gone.");
        }

        public IPeerListener Listen(IPEndPoint address)
        {
            var bound = address.Port == 0 ? new IPEndPoint(own, Interlocked.Increment(ref network._lastPort)) : address;
            var listener = new Listener(network, bound);
            return network._listeners.TryAdd(bound, listener) ? listener : throw new IOException($"{bound} is taken.");
        }
    }

    private sealed class Listener(MemoryNetwork network, IPEndPoint address) : IPeerListener
    {
        public Channel<IPeerConnection> Waiting { get; } = Channel.CreateUnbounded<IPeerConnection>();

        public IPEndPoint LocalEndPoint => address;

        public ValueTask<IPeerConnection> AcceptAsync(CancellationToken cancellationToken) => Waiting.Reader.ReadAsync(cancellationToken);

        public void Dispose()
        {
            network._listeners.TryRemove(address, out _);
            Waiting.Writer.TryComplete();
        }
    }

    /// <summary>One connection, both ends of it.</summary>
    public sealed class Link
    {
        private static readonly PipeOptions Options = new(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false);
        private readonly Pipe _forth = new(Options);
        private readonly Pipe _back = new(Options);
        private volatile TaskCompletionSource _open = Opened();
        private int _cut;

        public Link(IPEndPoint from, IPEndPoint to)
        {
            (From, To) = (from, to);
            Dialled = new End(this, _back.Reader, _forth.Writer, from, to);
            Accepted = new End(this, _forth.Reader, _back.Writer, to, from);
        }

        public IPEndPoint From { get; }

        public IPEndPoint To { get; }

        public IPeerConnection Dialled { get; }

        public IPeerConnection Accepted { get; }

        public bool IsCut => Volatile.Read(ref _cut) != 0;

        /// <summary>Bytes on their way stay where they are, in both directions.</summary>
        public void Stall() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Resume() => _open.TrySetResult();

        /// <summary>Both ends are told that the connection was reset.</summary>
        public void Cut()
        {
            if (Interlocked.Exchange(ref _cut, 1) == 0)
            {
                _open.TrySetResult();
                _forth.Writer.CancelPendingFlush();
                _back.Writer.CancelPendingFlush();
                _forth.Reader.CancelPendingRead();
                _back.Reader.CancelPendingRead();
            }
        }

        private static TaskCompletionSource Opened()
        {
            var open = new TaskCompletionSource();
            open.SetResult();
            return open;
        }

        private sealed class End(Link link, PipeReader reader, PipeWriter writer, IPEndPoint local, IPEndPoint remote) : Stream, IPeerConnection
        {
            private int _disposed;

            public Stream Stream => this;

            public IPEndPoint LocalEndPoint => local;

            public IPEndPoint RemoteEndPoint => remote;

            public override bool CanRead => true;

            public override bool CanWrite => true;

            public override bool CanSeek => false;

            public override long Length => throw new NotSupportedException();

            public override long Position
            {
                get => throw new NotSupportedException();
                set => throw new NotSupportedException();
            }

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                while (true)
                {
                    if (link.IsCut || _disposed != 0)
                    {
                        throw new IOException("The connection was reset.");
                    }

                    if (buffer.IsEmpty)
                    {
                        return 0;
                    }

                    var result = await reader.ReadAsync(cancellationToken);
                    await link._open.Task.WaitAsync(cancellationToken);
                    if (result.IsCanceled)
                    {
                        reader.AdvanceTo(result.Buffer.Start);
                        continue;
                    }

                    var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
                    System.Buffers.BuffersExtensions.CopyTo(result.Buffer.Slice(0, count), buffer.Span);
                    reader.AdvanceTo(result.Buffer.GetPosition(count));
                    return count;
                }
            }

            public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            {
                await link._open.Task.WaitAsync(cancellationToken);
                if (link.IsCut || _disposed != 0)
                {
                    throw new IOException("The connection was reset.");
                }

                var result = await writer.WriteAsync(buffer, cancellationToken);
                if (result.IsCanceled || result.IsCompleted)
                {
                    throw new IOException("The connection was reset.");
                }
            }

            public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
                ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

            public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
                WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

            public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Flush()
            {
            }

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            /// <summary>The other end reads what is on its way, and then the end.</summary>
            protected override void Dispose(bool disposing)
            {
                if (Interlocked.Exchange(ref _disposed, 1) == 0)
                {
                    link.Resume();
                    reader.CancelPendingRead();
                    writer.CancelPendingFlush();
                    writer.Complete();
                }

                base.Dispose(disposing);
            }
        }
    }
}
