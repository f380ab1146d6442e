using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Proxy.Core.Connections;
using Konsul.Mesh.Proxy.Core.Identity;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>Opens mTLS connections to peers; HTTP and TCP share it. A connection that it returns belongs to exactly the asked identity.</summary>
internal sealed class MeshDialer(TimeSpan ackTimeout, TimeProvider time)
{
    /// <param name="target">Where to, and who must answer.</param>
    /// <param name="credentials">With what.</param>
    /// <param name="protocol">The only protocol to accept.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="DialException">The endpoint cannot be reached, or is not who it should be.</exception>
    public async Task<SslStream> DialAsync(
        PeerTarget target, PeerCredentials credentials, SslApplicationProtocol protocol, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(target.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        SslStream? tls = null;
        var judge = new PeerJudge(credentials.Bundle, SvidUsage.Server, target.Identity, time);
        try
        {
            SocketTuning.Apply(socket);
            SocketTuning.DetectVanishedPeer(socket, ackTimeout);
            await socket.ConnectAsync(target.Address, either.Token).ConfigureAwait(false);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
            var rules = TlsRules.Client(credentials, target.Sni, protocol, judge.Validate);
            await tls.AuthenticateAsClientAsync(rules, either.Token).ConfigureAwait(false);
            if (tls.NegotiatedApplicationProtocol != protocol)
            {
                throw new DialException($"{target} does not speak {protocol}.");
            }

            return tls;
        }
        catch (Exception e)
        {
            if (tls is not null)
            {
                await tls.DisposeAsync().ConfigureAwait(false);
            }

            socket.Dispose();
            if (e is DialException)
            {
                throw;
            }

            if (e is OperationCanceledException && cancellation.IsCancellationRequested)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            throw new DialException(Explain(e, target, judge, limit.IsCancellationRequested), e);
        }
    }

    private static string Explain(Exception e, PeerTarget target, PeerJudge judge, bool timedOut) => e switch
    {
        _ when timedOut => $"{target} did not answer within {target.ConnectTimeout.TotalMilliseconds:0} ms.",
        SocketException socket => $"{target}: {socket.Message}.",
        AuthenticationException when judge.Id is null && judge.Refusal.Length > 0 => $"{target}: {judge.Refusal}",
        _ => $"{target}: {e.Message}",
    };
}
