using System.Net;
using System.Net.Sockets;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Dns.Serving;

/// <summary>
/// All UDP sockets of the server. A reply must come from the address that was asked, which a socket on 0.0.0.0 cannot choose: the first packet
/// to an address of this machine opens sockets for that address, and from then on the kernel gives them what comes there.
/// </summary>
internal sealed class DatagramService : IAsyncDisposable
{
    private const int SocketsEach = 4;
    private const int MostAddresses = 32;

    private readonly DnsHandler _handler;
    private readonly ResponseRate _rate;
    private readonly DnsOptions _options;
    private readonly DnsMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly List<DatagramListener> _listeners = [];
    private readonly Dictionary<IPAddress, DatagramListener?> _byAddress = [];
    private readonly int _port;
    private bool _closed;

    private DatagramService(int port, DnsHandler handler, ResponseRate rate, DnsOptions options, DnsMetrics metrics, ILogger logger) =>
        (_port, _handler, _rate, _options, _metrics, _logger) = (port, handler, rate, options, metrics, logger);

    /// <summary>Whether sockets can share a port, each getting some of the clients.</summary>
    private static bool Shares => OperatingSystem.IsLinux();

    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static DatagramService Open(IPEndPoint listen, DnsHandler handler, ResponseRate rate, DnsOptions options, DnsMetrics metrics, ILogger logger)
    {
        var service = new DatagramService(listen.Port, handler, rate, options, metrics, logger);
        service._listeners.AddRange(service.Bind(listen.Address));
        return service;
    }

    public void Start() => _listeners.ForEach(l => l.Start());

    /// <summary>Closes what was not started.</summary>
    public void Abandon() => _listeners.ForEach(l => l.Abandon());

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _closed = true;
        foreach (var listener in _listeners)
            await listener.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The listener that answers from an address; null when there is none and the kernel has to choose.</summary>
    private DatagramListener? At(IPAddress address)
    {
        lock (_gate)
        {
            if (_byAddress.TryGetValue(address, out var known) || _closed || _byAddress.Count >= MostAddresses)
                return known;
            try
            {
                var opened = Bind(address);
                _listeners.AddRange(opened);
                opened.ForEach(l => l.Start());
                _byAddress[address] = opened[0];
            }
            catch (SocketException)
            {
                // A broadcast address, as a rule.
                _byAddress[address] = null;
            }

            return _byAddress[address];
        }
    }

    private List<DatagramListener> Bind(IPAddress address)
    {
        var any = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        var opened = new List<DatagramListener>();
        try
        {
            for (var i = Shares ? Math.Min(Environment.ProcessorCount, SocketsEach) : 1; i > 0; i--)
                opened.Add(DatagramListener.Open(new IPEndPoint(address, _port), Shares, any && Shares ? At : null, _handler, _rate, _options, _metrics, _logger));
        }
        catch
        {
            opened.ForEach(l => l.Abandon());
            throw;
        }

        return opened;
    }
}
