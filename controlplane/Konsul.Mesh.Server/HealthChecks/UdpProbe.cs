using System.Net.Sockets;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// Sends an empty datagram. Critical when the target's machine answers that nobody listens (ICMP), or cannot be reached; silence is passing, as
/// UDP promises no more.
/// </summary>
internal sealed class UdpProbe(TimeProvider time) : IProbe
{
    /// <summary>How long an ICMP answer is waited for, if the check's timeout is not shorter; half of that at most.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public async Task<ProbeResult> RunAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        var target = TargetAddress.Parse(check.Definition.Udp!);
        var timeout = check.Definition.Timeout > TimeSpan.Zero ? check.Definition.Timeout : ProbeRunner.DefaultTimeout;
        using var silence = new CancellationTokenSource(timeout / 2 < Patience ? timeout / 2 : Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        try
        {
            // Connected, so that the kernel hands ICMP errors back.
            await socket.ConnectAsync(target.Host, target.Port, cancellationToken).ConfigureAwait(false);
            await socket.SendAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            await socket.ReceiveAsync(new byte[64], stop.Token).ConfigureAwait(false);
            return new ProbeResult(CheckStatus.Passing, $"UDP connect {target}: Success");
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new ProbeResult(CheckStatus.Passing, $"UDP connect {target}: Success");
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return new ProbeResult(CheckStatus.Critical, $"UDP connect {target}: {e.Message}");
        }
    }
}
