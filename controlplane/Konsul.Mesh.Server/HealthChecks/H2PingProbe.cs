using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>Passing when an HTTP/2 server acknowledges a PING (RFC 9113 section 6.7), over TLS unless told otherwise.</summary>
internal sealed class H2PingProbe : IProbe
{
    private const int FrameHeader = 9;
    private const byte SettingsFrame = 4;
    private const byte PingFrame = 6;
    private const byte GoAwayFrame = 7;
    private const byte Ack = 1;
    private const int PingBytes = 8;

    /// <summary>As large as a frame may be that we have not agreed to be larger.</summary>
    private const int MaxFrame = 16 * 1024;

    /// <summary>A server that sends so many frames before the answer is not going to give it.</summary>
    private const int MaxFrames = 32;

    /// <summary>The preface, no settings of ours, and the ping: all may go at once.</summary>
    private static readonly byte[] Opening =
    [
        .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, SettingsFrame, 0, 0, 0, 0, 0, 0, 0, PingBytes, PingFrame, 0, 0, 0, 0, 0, .. "konsul-m"u8,
    ];

    public async Task<ProbeResult> RunAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        var definition = check.Definition;
        var target = TargetAddress.Parse(definition.H2Ping!);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(target.Host, target.Port, cancellationToken).ConfigureAwait(false);
            using var plain = new NetworkStream(socket);
            if (definition.H2PingPlain)
                return await PingAsync(plain, target, cancellationToken).ConfigureAwait(false);
            var tls = new SslStream(plain);
            await using (tls.ConfigureAwait(false))
            {
                await tls.AuthenticateAsClientAsync(ProbeTls.Options(definition, target.Host, SslApplicationProtocol.Http2), cancellationToken).ConfigureAwait(false);
                return tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2
                    ? await PingAsync(tls, target, cancellationToken).ConfigureAwait(false)
                    : Failed(target, "the server does not offer HTTP/2");
            }
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IOException or AuthenticationException)
        {
            return Failed(target, e.Message);
        }
    }

    private static async Task<ProbeResult> PingAsync(Stream stream, TargetAddress target, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Opening, cancellationToken).ConfigureAwait(false);
        var header = new byte[FrameHeader];
        var payload = new byte[MaxFrame];
        for (var frame = 0; frame < MaxFrames; frame++)
        {
            await stream.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
            var length = (header[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1));
            if (length > MaxFrame || (frame == 0 && header[3] != SettingsFrame))
                return Failed(target, "the answer is not HTTP/2");
            await stream.ReadExactlyAsync(payload.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            if (header[3] == GoAwayFrame)
                return Failed(target, "the server sends GOAWAY");
            if (header[3] == PingFrame && (header[4] & Ack) != 0 && payload.AsSpan(0, length).SequenceEqual(Opening.AsSpan(^PingBytes)))
                return new ProbeResult(CheckStatus.Passing, $"HTTP/2 ping {target}: success");
        }

        return Failed(target, "no answer to the ping");
    }

    private static ProbeResult Failed(TargetAddress target, string reason) => new(CheckStatus.Critical, $"HTTP/2 ping {target}: {reason}");
}
