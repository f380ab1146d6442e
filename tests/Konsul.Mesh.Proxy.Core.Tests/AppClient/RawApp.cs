using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.Proxy.Core.Tests.AppClient;

/// <summary>An app that says exactly the bytes it is told to, right or wrong.</summary>
internal sealed class RawApp : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<RawApp.Connection, Task> _serve;
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly TaskCompletionSource _aConnectionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;

    private RawApp(Func<Connection, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Completes when the other side ended a connection.</summary>
    public Task AConnectionEnded => _aConnectionEnded.Task.WaitAsync(Limit);

    public static RawApp Start(Func<Connection, Task> serve) => new(serve);

    /// <summary>Answers each request head on a connection with these bytes; then closes it if told to.</summary>
    public static RawApp Answering(string answer, bool close = false) => new(async c =>
    {
        while (await c.ReadHeadAsync() is not null)
        {
            await c.WriteAsync(answer);
            if (close)
            {
                return;
            }
        }
    });

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                client.NoDelay = true;
                _clients.Add(client);
                _ = ServeAsync(client, Interlocked.Increment(ref _connections));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        using (client)
        {
            try
            {
                await _serve(new Connection(client, number, () => _aConnectionEnded.TrySetResult()));
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                _aConnectionEnded.TrySetResult();
            }
        }
    }

    internal sealed class Connection(TcpClient client, int number, Action ended)
    {
        /// <summary>1 for the first that the app accepted.</summary>
        public int Number => number;

        public NetworkStream Stream { get; } = client.GetStream();

        public Task WriteAsync(string bytes) => Stream.WriteAsync(Encoding.Latin1.GetBytes(bytes)).AsTask();

        /// <returns>Null when the connection ended.</returns>
        public async Task<string?> ReadHeadAsync()
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await Stream.ReadAsync(one) == 0)
                {
                    ended();
                    return null;
                }

                head.Append((char)one[0]);
            }

            return head.ToString();
        }

        public async Task<string> ReadAsync(int count)
        {
            var bytes = new byte[count];
            await Stream.ReadExactlyAsync(bytes);
            return Encoding.Latin1.GetString(bytes);
        }

        /// <summary>Waits until the other side ends.</summary>
        public async Task ReadToEndAsync()
        {
            var buffer = new byte[4096];
            while (await Stream.ReadAsync(buffer) > 0)
            {
                // Only the end matters.
            }

            ended();
        }
    }
}
