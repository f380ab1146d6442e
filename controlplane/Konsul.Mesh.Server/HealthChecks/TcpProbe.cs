using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Passing when a connection can be opened, and, where it is asked for, TLS spoken on it.</summary>
/// <param name="portOf">The port of the check's own instance: what a target with port 0 stands for (a sidecar whose port was allotted).</param>
internal sealed class TcpProbe(Func<HealthCheck, int> portOf) : IProbe
{
    public async Task<ProbeResult> RunAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        var target = TargetAddress.Parse(check.Definition.Tcp);
        if (target.Port == 0)
            target = target with { Port = portOf(check) };
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(target.Host, target.Port, cancellationToken).ConfigureAwait(false);
            if (check.Definition.TcpUseTls)
            {
                var tls = new SslStream(new NetworkStream(socket));
                await using (tls.ConfigureAwait(false))
                    await tls.AuthenticateAsClientAsync(ProbeTls.Options(check.Definition, target.Host), cancellationToken).ConfigureAwait(false);
            }

            return new ProbeResult(CheckStatus.Passing, $"TCP connect {target}: Success");
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IOException or AuthenticationException)
        {
            return new ProbeResult(CheckStatus.Critical, $"TCP connect {target}: {e.Message}");
        }
    }
}
