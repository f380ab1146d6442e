using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Konsul.Mesh.Etcd.Tests.Fixtures;

/// <summary>A TCP link to one port that can be cut, or made to lose what the server answers.</summary>
internal sealed class LossyLink : IAsyncDisposable
{
    private readonly int _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, byte> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _refuses;
    private volatile bool _swallows;

    public LossyLink(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Bytes of answers lost so far.</summary>
    public long Swallowed { get; private set; }

    public void Cut()
    {
        _refuses = true;
        foreach (var client in _open.Keys)
        {
            client.Close();
        }
    }

    public void Mend() => (_refuses, _swallows) = (false, false);

    /// <summary>Requests still arrive, answers do not.</summary>
    public void Swallow() => _swallows = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            if (_refuses)
            {
                client.Close();
                continue;
            }

            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        _open.TryAdd(client, 0);
        _open.TryAdd(server, 0);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(CopyAsync(client, server, answers: false), CopyAsync(server, client, answers: true));
        }
        catch (SocketException)
        {
            // The target is down.
        }
        finally
        {
            client.Close();
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, bool answers)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (await from.GetStream().ReadAsync(buffer) is > 0 and var count)
            {
                if (answers && _swallows)
                {
                    Swallowed += count;
                    continue;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
    }
}
