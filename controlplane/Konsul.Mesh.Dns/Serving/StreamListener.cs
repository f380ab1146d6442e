using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Dns.Serving;

/// <summary>Accepts TCP connections, as many as allowed at once.</summary>
internal sealed class StreamListener : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly DnsHandler _handler;
    private readonly DnsOptions _options;
    private readonly DnsMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _accepting = Task.CompletedTask;

    // One for the listener itself.
    private int _open = 1;

    private StreamListener(Socket socket, DnsHandler handler, DnsOptions options, DnsMetrics metrics, TimeProvider time, ILogger logger) =>
        (_socket, _handler, _options, _metrics, _time, _logger) = (socket, handler, options, metrics, time, logger);

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static StreamListener Open(IPEndPoint listen, DnsHandler handler, DnsOptions options, DnsMetrics metrics, TimeProvider time, ILogger logger)
    {
        var socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (listen.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(listen);
            socket.Listen(512);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new StreamListener(socket, handler, options, metrics, time, logger);
    }

    public void Start() => _accepting = AcceptAsync();

    /// <summary>Closes what was not started.</summary>
    public void Abandon()
    {
        _socket.Dispose();
        _stop.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
        Leave();
        await _quiet.Task.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _socket.AcceptAsync(_stop.Token).ConfigureAwait(false);
                if (Interlocked.Increment(ref _open) > _options.MaxTcpConnections + 1)
                {
                    client.Dispose();
                    Leave();
                    _metrics.Dropped("connections").Increment();
                    continue;
                }

                _ = ServeAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, as a rule: give connections time to end.
                _logger.LogWarning("A DNS connection could not be accepted: {Reason}", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        _metrics.Connections.Add(1);
        try
        {
            await using var connection = new StreamConnection(client, _handler, _options.TcpIdle, _time);
            await connection.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client left or was idle for too long.
        }
        catch (Exception e)
        {
            _metrics.Dropped("failure").Increment();
            _logger.LogError(e, "A DNS connection failed");
        }
        finally
        {
            _metrics.Connections.Add(-1);
            Leave();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0)
            _quiet.TrySetResult();
    }
}
