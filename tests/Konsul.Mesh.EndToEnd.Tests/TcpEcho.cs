using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>A TCP service that speaks first ("hello\n"), echoes, and after the client has shut down its side still says "bye\n".</summary>
public sealed class TcpEcho : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public TcpEcho()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                await stream.WriteAsync("hello\n"u8.ToArray(), _stop.Token);
                await stream.CopyToAsync(stream, _stop.Token);
                await stream.WriteAsync(Encoding.ASCII.GetBytes("bye\n"), _stop.Token);
                client.Client.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // The peer went away, or the test is over.
            }
        }
    }
}
