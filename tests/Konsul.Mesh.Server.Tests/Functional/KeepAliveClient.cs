using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>A client that knows one connection only and tries nothing again, so that nothing is hidden from a test.</summary>
internal sealed class KeepAliveClient : IDisposable
{
    private readonly TcpClient _socket = new() { NoDelay = true };
    private NetworkStream? _stream;

    public static async Task<KeepAliveClient> ConnectAsync(int port)
    {
        var client = new KeepAliveClient();
        await client._socket.ConnectAsync("127.0.0.1", port);
        client._stream = client._socket.GetStream();
        return client;
    }

    public Task SendAsync(string bytes) => _stream!.WriteAsync(Encoding.ASCII.GetBytes(bytes)).AsTask();

    /// <summary>A write, whole but for its last byte.</summary>
    public static string Put(string key, string value) => $"PUT /v1/kv/{key} HTTP/1.1\r\nHost: x\r\nContent-Length: {value.Length + 1}\r\n\r\n{value}";

    /// <exception cref="IOException">The connection ended before the whole answer was there.</exception>
    public async Task<(int Status, bool Closes)> AnswerAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append((char)await ByteAsync());
        var lines = head.ToString().Split("\r\n");
        for (var left = LengthIn(lines); left > 0; left--)
            await ByteAsync();
        return (int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), lines.Contains("Connection: close", StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Whether the server has closed the connection, after everything that it had to say.</summary>
    public async Task<bool> IsAtEndAsync() => await _stream!.ReadAsync(new byte[1]) == 0;

    public void Dispose() => _socket.Dispose();

    private static int LengthIn(string[] lines) =>
        int.Parse(lines.Single(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))["Content-Length:".Length..], CultureInfo.InvariantCulture);

    private async Task<byte> ByteAsync()
    {
        var one = new byte[1];
        return await _stream!.ReadAsync(one) == 1 ? one[0] : throw new IOException("The connection ended before the answer.");
    }
}
