using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.Proxy.Core.Tests;

/// <summary>A TCP app: sends an optional greeting, echoes, and after the client's end says how many bytes it got.</summary>
internal sealed class TcpEcho : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _greeting;
    private readonly bool _countAtEnd;

    private TcpEcho(string greeting, bool countAtEnd)
    {
        _greeting = greeting;
        _countAtEnd = countAtEnd;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static TcpEcho Start(string greeting = "", bool countAtEnd = false) => new(greeting, countAtEnd);

    public static async Task<string> RoundTripAsync(TcpClient client, string text)
    {
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        return await ReadAsync(client, text.Length);
    }

    public static async Task<string> ReadAsync(TcpClient client, int length)
    {
        var buffer = new byte[length];
        await client.GetStream().ReadExactlyAsync(buffer).AsTask().WaitAsync(Limit);
        return Encoding.ASCII.GetString(buffer);
    }

    /// <summary>Ends sending and reads what still comes.</summary>
    public static async Task<string> EndAsync(TcpClient client)
    {
        var stream = client.GetStream();
        client.Client.Shutdown(SocketShutdown.Send);
        return await ReadToEndAsync(stream);
    }

    /// <summary>What came until the other side ended or reset the connection.</summary>
    public static Task<string> ReadToEndAsync(TcpClient client) => ReadToEndAsync(client.GetStream());

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all).WaitAsync(Limit);
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return Encoding.ASCII.GetString(all.ToArray());
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                await stream.WriteAsync(Encoding.ASCII.GetBytes(_greeting));
                var buffer = new byte[64 * 1024];
                var total = 0L;
                int count;
                while ((count = await stream.ReadAsync(buffer)) > 0)
                {
                    total += count;
                    if (!_countAtEnd)
                    {
                        await stream.WriteAsync(buffer.AsMemory(0, count));
                    }
                }

                if (_countAtEnd)
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"got {total}"));
                }
            }
            catch (IOException)
            {
                // The client was cut off.
            }
        }
    }
}
