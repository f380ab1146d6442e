using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Proxy.Registration;

/// <summary>Whether the app accepts connections now.</summary>
internal static class AppProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Null when it does, else why not.</summary>
    public static async Task<string?> CheckAsync(int port, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), either.Token);
            return null;
        }
        catch (SocketException e)
        {
            return $"127.0.0.1:{port}: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"127.0.0.1:{port}: no connection within {Patience.TotalSeconds:0} s";
        }
    }
}
