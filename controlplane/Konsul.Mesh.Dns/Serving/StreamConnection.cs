using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Dns.Serving;

/// <summary>
/// One client over TCP: messages behind their lengths (RFC 7766), any number in a row without waiting for answers. Answers of recursors come
/// when they come, behind others; at most <see cref="MostWaiting"/> of them at once, then reading waits.
/// </summary>
internal sealed class StreamConnection(Socket socket, DnsHandler handler, TimeSpan idle, TimeProvider time) : IAsyncDisposable
{
    private const int MostWaiting = 16;
    private const int LengthBytes = 2;
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly SemaphoreSlim _waiting = new(MostWaiting);
    private readonly SemaphoreSlim _writing = new(1);

    public async Task RunAsync(CancellationToken stop)
    {
        socket.NoDelay = true;
        using var idling = new CancellationTokenSource(idle, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, idling.Token);
        var writer = handler.NewWriter();
        var source = (socket.RemoteEndPoint as IPEndPoint)?.Address;
        try
        {
            while (await ReadAsync(end.Token).ConfigureAwait(false) is { } packet)
            {
                idling.CancelAfter(idle);
                await AnswerAsync(packet, writer, source, end.Token).ConfigureAwait(false);
                idling.CancelAfter(idle);
            }
        }
        finally
        {
            // Those who wait for recursors write to this stream.
            for (var i = 0; i < MostWaiting; i++)
                await _waiting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        _waiting.Dispose();
        _writing.Dispose();
    }

    /// <returns>Null at the end.</returns>
    private async Task<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        var length = new byte[LengthBytes];
        if (await _stream.ReadAtLeastAsync(length, LengthBytes, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) < LengthBytes)
            return null;

        // A lying length costs no more than it sends: the buffer grows with what comes.
        var expected = BinaryPrimitives.ReadUInt16BigEndian(length);
        const int usual = 2048;
        var packet = new byte[Math.Min(expected, (ushort)usual)];
        await _stream.ReadExactlyAsync(packet, cancellation).ConfigureAwait(false);
        if (packet.Length == expected)
            return packet;
        Array.Resize(ref packet, expected);
        await _stream.ReadExactlyAsync(packet.AsMemory(usual), cancellation).ConfigureAwait(false);
        return packet;
    }

    private async Task AnswerAsync(byte[] packet, Answers.ResponseWriter writer, IPAddress? source, CancellationToken cancellation)
    {
        var output = ArrayPool<byte>.Shared.Rent(LengthBytes + ushort.MaxValue);
        try
        {
            var length = handler.Handle(packet, udp: false, writer, output.AsSpan(LengthBytes));
            if (length > 0)
            {
                await SendAsync(output, length, cancellation).ConfigureAwait(false);
            }
            else if (length == DnsHandler.Elsewhere)
            {
                await _waiting.WaitAsync(cancellation).ConfigureAwait(false);
                _ = ResolveAsync(packet, source, cancellation);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(output);
        }
    }

    private async Task ResolveAsync(byte[] packet, IPAddress? source, CancellationToken cancellation)
    {
        var output = ArrayPool<byte>.Shared.Rent(LengthBytes + ushort.MaxValue);
        try
        {
            var length = await handler.ResolveAsync(packet, udp: false, source, output.AsMemory(LengthBytes)).ConfigureAwait(false);
            await SendAsync(output, length, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client did not wait.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(output);
            _waiting.Release();
        }
    }

    private async Task SendAsync(byte[] output, int length, CancellationToken cancellation)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output, (ushort)length);
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(output.AsMemory(0, LengthBytes + length), cancellation).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }
}
