using System.Globalization;
using System.Net.Sockets;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Passing when a connection can be opened.</summary>
/// <param name="portOf">The port of the check's own instance: what a target with port 0 stands for (a sidecar whose port was allotted).</param>
internal sealed class TcpProbe(Func<HealthCheck, int> portOf) : IProbe
{
    public async Task<ProbeResult> RunAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        var target = check.Definition.Tcp;
        var colon = target.LastIndexOf(':');
        var host = target[..colon].Trim('[', ']');
        var port = int.Parse(target.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture) is > 0 and var given ? given : portOf(check);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            return new ProbeResult(CheckStatus.Passing, $"TCP connect {host}:{port}: Success");
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return new ProbeResult(CheckStatus.Critical, $"TCP connect {host}:{port}: {e.Message}");
        }
    }
}
