using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Proxy.Core.Tcp;

/// <summary>
/// Copies between two connections until both directions ended. An end in one direction is passed on and the other one goes on (a client
/// that shut down sending still reads). While nothing flows, neither direction holds a buffer.
/// </summary>
internal static class TcpRelay
{
    private const int BufferSize = 32 * 1024;

    /// <param name="client">Who opened the connection.</param>
    /// <param name="upstream">Who answers.</param>
    /// <param name="traffic">Counts bytes as they flow.</param>
    /// <param name="cancellation">Ends both.</param>
    public static async Task BetweenAsync(Stream client, Stream upstream, TcpRecorder? traffic, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var there = CopyAsync(client, upstream, traffic?.Received, ended);
        var back = CopyAsync(upstream, client, traffic?.Sent, ended);
        await Task.WhenAll(there, back).ConfigureAwait(false);
    }

    private static async Task CopyAsync(Stream from, Stream to, CounterSeries? counter, CancellationTokenSource ended)
    {
        try
        {
            await CopyUntilEndAsync(from, to, counter, ended.Token).ConfigureAwait(false);
            if (!await TryEndSendingAsync(to).ConfigureAwait(false))
            {
                // This kind of stream cannot say "no more" and go on: one end is the end of both.
                await ended.CancelAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }
    }

    private static async Task CopyUntilEndAsync(Stream from, Stream to, CounterSeries? counter, CancellationToken cancellation)
    {
        var more = false;
        while (true)
        {
            if (!more)
            {
                await from.ReadAsync(Memory<byte>.Empty, cancellation).ConfigureAwait(false);
            }

            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                var count = await from.ReadAsync(buffer, cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                counter?.Add(count);
                more = count == buffer.Length;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static async ValueTask<bool> TryEndSendingAsync(Stream stream)
    {
        switch (stream)
        {
            case SslStream tls:
                await tls.ShutdownAsync().ConfigureAwait(false);
                return true;
            case NetworkStream plain:
                plain.Socket.Shutdown(SocketShutdown.Send);
                return true;
            default:
                return false;
        }
    }
}
