using System.Net.Sockets;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Model.Snapshots;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy;

/// <summary>Adds the listener that routes by Host to every snapshot: where it listens is this proxy's affair, not the control plane's.</summary>
internal sealed class OutboundByHost
{
    public const string Name = "outbound";

    private readonly HostPort _address;
    private readonly bool _required;
    private readonly ILogger _log;
    private OutboundListener? _listener;
    private ProxySnapshot _last = ProxySnapshot.Empty;
    private ProxySnapshot _lastWith = ProxySnapshot.Empty;

    /// <exception cref="StartupException">The address is required and cannot be bound (69).</exception>
    public OutboundByHost(HostPort address, bool required, ILogger log)
    {
        (_address, _required, _log) = (address, required, log);
        if (Unbindable(address) is { } reason)
        {
            if (required)
            {
                throw new StartupException(ExitCode.Unavailable, $"cannot listen on --outbound-addr {address}: {reason}");
            }

            Warn(reason);
            return;
        }

        var endPoint = address.ToEndPoint();
        _listener = new OutboundListener
        {
            Name = Name,
            Address = endPoint.Address.ToString(),
            Port = endPoint.Port,
            Protocol = ServiceProtocol.Http,
            Cluster = "",
        };
    }

    /// <summary>Equal input gives the same array again, so that an unchanged part stays the same object. An upstream of the same port wins.</summary>
    public ProxySnapshot AddTo(ProxySnapshot snapshot)
    {
        if (_listener is null || snapshot.Outbound.Any(l => l.Port == _listener.Port && l.Port != 0))
        {
            return snapshot;
        }

        var outbound = _last.Outbound == snapshot.Outbound && _lastWith.Version > 0 ? _lastWith.Outbound : snapshot.Outbound.Add(_listener);
        (_last, _lastWith) = (snapshot, snapshot with { Outbound = outbound });
        return _lastWith;
    }

    /// <summary>After a refusal: another program may have taken the address meanwhile. Nobody asked for this listener by name, so the rest goes on
    /// without it. True when it was given up, and the snapshot deserves another try.</summary>
    public bool GiveUp(ProxySnapshot inForce)
    {
        if (_listener is null || _required || inForce.Outbound.Any(l => l.Name == Name) || Unbindable(_address) is not { } reason)
        {
            return false;
        }

        Warn(reason);
        _listener = null;
        return true;
    }

    /// <summary>Null when the address can be listened on now, else why not.</summary>
    internal static string? Unbindable(HostPort address)
    {
        try
        {
            var endPoint = address.ToEndPoint();
            using var probe = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            probe.Bind(endPoint);
            probe.Listen(1);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
    }
    private void Warn(string reason) => _log.LogWarning("No listener that routes by Host: {Address} cannot be bound: {Reason}", _address, reason);
}
