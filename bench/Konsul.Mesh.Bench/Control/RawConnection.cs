using System.Buffers.Text;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.Bench.Control;

/// <summary>One HTTP/1.1 connection that costs the benchmark next to nothing: it reads a whole answer and keeps its index.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[2048];

    private RawConnection()
    {
    }

    /// <summary>X-Consul-Index of the last answer.</summary>
    public ulong Index { get; private set; }

    public static async Task<RawConnection> OpenAsync(Uri api, CancellationToken cancel)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(api.Host, api.Port, cancel);
        return connection;
    }

    /// <summary>Sends a question and waits for its answer.</summary>
    /// <exception cref="BenchException">It is no 200.</exception>
    public async Task GetAsync(string target, CancellationToken cancel)
    {
        await SendAsync(target, cancel);
        await ReadAsync(cancel);
    }

    public async Task SendAsync(string target, CancellationToken cancel) =>
        await _socket.SendAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: konsul\r\n\r\n"), cancel);

    public async Task ReadAsync(CancellationToken cancel)
    {
        var (read, end) = (0, -1);
        while (end < 0)
        {
            Grow(read);
            var got = await _socket.ReceiveAsync(_buffer.AsMemory(read), cancel);
            if (got == 0)
            {
                throw new BenchException("the server closed a connection");
            }

            read += got;
            end = _buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8);
        }

        var length = Take(end);
        for (var left = length - (read - end - 4); left > 0;)
        {
            var got = await _socket.ReceiveAsync(_buffer.AsMemory(0, (int)Math.Min(left, _buffer.Length)), cancel);
            left -= got > 0 ? got : throw new BenchException("the server closed a connection");
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Grow(int used)
    {
        if (used == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
    }

    /// <summary>Takes the index from the head.</summary>
    /// <returns>Bytes of the body.</returns>
    private long Take(int end)
    {
        var head = _buffer.AsSpan(0, end);
        if (!head.StartsWith("HTTP/1.1 200 "u8))
        {
            throw new BenchException($"an answer is no 200: {Encoding.ASCII.GetString(head[..Math.Min(head.Length, 200)])}");
        }

        Index = Number(head, "X-Consul-Index: "u8);
        return (long)Number(head, "Content-Length: "u8);
    }

    private static ulong Number(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        var at = head.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..], out ulong number, out _)
            ? number
            : throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"an answer has no {Encoding.ASCII.GetString(name)}"));
    }
}
