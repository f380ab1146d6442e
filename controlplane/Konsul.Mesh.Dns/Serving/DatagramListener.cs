using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Dns.Serving;

/// <summary>
/// One UDP socket and the thread that serves it: receive, answer, send, two system calls a query and no allocation. Several may share a port
/// (SO_REUSEPORT): the kernel spreads the clients over them.
/// </summary>
internal sealed class DatagramListener : IAsyncDisposable
{
    private const int BufferBytes = 1 << 20;
    private const int SocketLevel = 1;
    private const int ReusePort = 15;

    /// <summary>Queries that wait for recursors; further ones are dropped, and their clients ask again.</summary>
    private const int MostWaiting = 4096;

    private readonly Socket _socket;
    private readonly Func<IPAddress, DatagramListener?>? _addressed;
    private readonly DnsHandler _handler;
    private readonly ResponseRate _rate;
    private readonly DnsMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _outputSize;
    private volatile bool _stopping;
    private int _waiting;
    private uint _limited;

    private DatagramListener(
        Socket socket, Func<IPAddress, DatagramListener?>? addressed, DnsHandler handler, ResponseRate rate, DnsOptions options, DnsMetrics metrics,
        ILogger logger)
    {
        (_socket, _addressed, _handler, _rate, _metrics, _logger) = (socket, addressed, handler, rate, metrics, logger);
        _outputSize = options.MaxUdpSize;
    }

    /// <param name="listen">Where.</param>
    /// <param name="shared">Other sockets listen there, too.</param>
    /// <param name="addressed">For a socket on all addresses: who replies from one of them.</param>
    /// <param name="handler">Answers.</param>
    /// <param name="rate">Of answers to one source.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="metrics">Where it counts.</param>
    /// <param name="logger">For what should not happen.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static DatagramListener Open(
        IPEndPoint listen, bool shared, Func<IPAddress, DatagramListener?>? addressed, DnsHandler handler, ResponseRate rate, DnsOptions options, DnsMetrics metrics, ILogger logger)
    {
        var socket = new Socket(listen.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (listen.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            if (shared)
                socket.SetRawSocketOption(SocketLevel, ReusePort, BitConverter.GetBytes(1));
            socket.ReceiveBufferSize = BufferBytes;
            socket.Bind(listen);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new DatagramListener(socket, addressed, handler, rate, options, metrics, logger);
    }

    public void Start() => new Thread(Run) { IsBackground = true, Name = "dns udp" }.Start();

    /// <summary>Closes what was not started.</summary>
    public void Abandon() => _socket.Dispose();

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _socket.Dispose();
        await _ended.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        var input = new byte[ushort.MaxValue];
        var output = new byte[_outputSize];
        var source = new SocketAddress(_socket.AddressFamily);
        var writer = _handler.NewWriter();
        while (!_stopping)
        {
            try
            {
                if (_addressed is not null)
                {
                    ReceiveAddressed(input, writer, output);
                    continue;
                }

                var length = _socket.ReceiveFrom(input, SocketFlags.None, source);
                Serve(input.AsSpan(0, length), source, _socket, writer, output);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // What a client's network did to one answer is nobody else's concern.
                if (!_stopping)
                    _metrics.Dropped("network").Increment();
            }
            catch (Exception e)
            {
                _metrics.Dropped("failure").Increment();
                _logger.LogError(e, "A DNS query could not be answered");
            }
        }

        _ended.SetResult();
    }

    /// <summary>Also learns which address was asked. It costs some allocations, for the first packets to an address only.</summary>
    private void ReceiveAddressed(byte[] input, Answers.ResponseWriter writer, byte[] output)
    {
        var flags = SocketFlags.None;
        EndPoint from = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        var length = _socket.ReceiveMessageFrom(input, ref flags, ref from, out var packet);
        var asked = Plain(packet.Address);
        var reply = _addressed!(asked)?._socket ?? _socket;
        var source = (IPEndPoint)from;
        if (reply.AddressFamily == AddressFamily.InterNetwork)
            source = new IPEndPoint(Plain(source.Address), source.Port);
        Serve(input.AsSpan(0, length), source.Serialize(), reply, writer, output);
    }

    private void Serve(ReadOnlySpan<byte> packet, SocketAddress source, Socket reply, Answers.ResponseWriter writer, byte[] output)
    {
        if (!_rate.Allows(source))
        {
            // Every other one learns that it may come over TCP, where nobody can forge a source.
            _metrics.Dropped("rate").Increment();
            var slip = (++_limited & 1) == 0 ? _handler.Slip(packet, writer, output) : 0;
            if (slip > 0)
                reply.SendTo(output.AsSpan(0, slip), SocketFlags.None, source);
            return;
        }

        var length = _handler.Handle(packet, udp: true, writer, output);
        if (length > 0)
        {
            reply.SendTo(output.AsSpan(0, length), SocketFlags.None, source);
        }
        else if (length == DnsHandler.Elsewhere)
        {
            if (Interlocked.Increment(ref _waiting) <= MostWaiting)
            {
                _ = ResolveAsync(packet.ToArray(), Copy(source), reply);
                return;
            }

            Interlocked.Decrement(ref _waiting);
            _metrics.Dropped("busy").Increment();
        }
    }

    private async Task ResolveAsync(byte[] packet, SocketAddress source, Socket reply)
    {
        try
        {
            var output = new byte[_outputSize];
            var from = (IPEndPoint)new IPEndPoint(reply.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0).Create(source);
            var length = await _handler.ResolveAsync(packet, udp: true, Plain(from.Address), output).ConfigureAwait(false);
            if (length > 0)
                await reply.SendToAsync(output.AsMemory(0, length), SocketFlags.None, source).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _metrics.Dropped("network").Increment();
        }
        catch (Exception e)
        {
            _metrics.Dropped("failure").Increment();
            _logger.LogError(e, "A DNS query could not be answered");
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static SocketAddress Copy(SocketAddress source)
    {
        var copy = new SocketAddress(source.Family, source.Size);
        source.Buffer.Span[..source.Size].CopyTo(copy.Buffer.Span);
        return copy;
    }
}
