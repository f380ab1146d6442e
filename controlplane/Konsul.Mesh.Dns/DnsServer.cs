using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Dns.Serving;
using Konsul.Mesh.Model;
using Konsul.Mesh.State;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Dns;

/// <summary>DNS over UDP and TCP on one port, answered from the state as this server has it.</summary>
public sealed class DnsServer : IAsyncDisposable
{
    private const int Attempts = 20;

    private readonly StreamListener _tcp;
    private readonly DatagramService _udp;

    private DnsServer(StreamListener tcp, DatagramService udp, IPAddress address)
    {
        (_tcp, _udp) = (tcp, udp);
        EndPoint = new IPEndPoint(address, tcp.Port);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Binds and serves until it is disposed.</summary>
    /// <param name="options">How.</param>
    /// <param name="view">The state as of now, called per query on any thread; while it gives null, answers are SERVFAIL.</param>
    /// <param name="sources">What is not in the catalog's tables.</param>
    /// <param name="metrics">Where it counts.</param>
    /// <param name="random">Draws the order of answers; must be safe on several threads.</param>
    /// <param name="time">For life times and limits.</param>
    /// <param name="logger">For what should not happen.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    /// <exception cref="ArgumentException">A zone is not a domain name.</exception>
    public static DnsServer Start(
        DnsOptions options, Func<StateView?> view, IDnsSources sources, DnsMetrics metrics, IRandom random, TimeProvider time, ILogger<DnsServer> logger)
    {
        var handler = new DnsHandler(options, view, sources, metrics, random, time);
        var rate = new ResponseRate(options.ResponsesPerSecond, time);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Open(options, handler, rate, metrics, time, logger);
            }
            catch (SocketException) when (options.Listen.Port == 0 && attempt < Attempts)
            {
                // The port that was free for TCP is taken for UDP.
            }
            catch (SocketException e) when (options.PortIsFree && options.Listen.Port != 0 && e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                options = options with { Listen = new IPEndPoint(options.Listen.Address, 0) };
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _udp.DisposeAsync().ConfigureAwait(false);
        await _tcp.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>TCP first: its port is nobody else's then, which UDP sockets that share theirs could not tell.</summary>
    private static DnsServer Open(DnsOptions options, DnsHandler handler, ResponseRate rate, DnsMetrics metrics, TimeProvider time, ILogger logger)
    {
        var tcp = StreamListener.Open(options.Listen, handler, options, metrics, time, logger);
        DatagramService udp;
        try
        {
            udp = DatagramService.Open(new IPEndPoint(options.Listen.Address, tcp.Port), handler, rate, options, metrics, logger);
        }
        catch
        {
            tcp.Abandon();
            throw;
        }

        udp.Start();
        tcp.Start();
        return new DnsServer(tcp, udp, options.Listen.Address);
    }
}
