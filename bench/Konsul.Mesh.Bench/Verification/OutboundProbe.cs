using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Verification;

internal sealed record OutboundSight(string Tls, string Protocol, string? ClientSubject);

/// <summary>Stands in for the inbound proxy once: demands a client certificate, notes what the outbound proxy negotiates, and hangs up.</summary>
internal sealed class OutboundProbe : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly string _protocol;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public OutboundProbe(X509Certificate2 certificate, string protocol)
    {
        _certificate = certificate;
        _protocol = protocol;
        _listener.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async Task<OutboundSight> SeeAsync(ChildProcess outbound, Uri trigger, TimeSpan deadline, TimeProvider time, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(deadline, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        var handshake = HandshakeAsync(both.Token);
        try
        {
            while (!handshake.IsCompleted)
            {
                outbound.ThrowIfExited();
                using var asking = CancellationTokenSource.CreateLinkedTokenSource(both.Token);
                var ask = AskAsync(trigger, asking.Token);
                await Task.WhenAny(handshake, ask);
                await Task.WhenAny(handshake, Task.Delay(TimeSpan.FromMilliseconds(50), time, both.Token));
                await asking.CancelAsync(); // a proxy may try the dead peer again for long; the first handshake is enough
                await ask;
            }

            return await handshake;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BenchException($"{outbound.Name} made no connection to the listener it was given: {outbound.Log.Trim()}");
        }
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<OutboundSight> HandshakeAsync(CancellationToken cancel)
    {
        using var client = await _listener.AcceptTcpClientAsync(cancel);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = _certificate,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, _, _, _) => true, // an absent one is what we want to see, and report
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = _protocol == "h2" ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http11],
        }, cancel);
        return new OutboundSight(tls.SslProtocol.ToString(), tls.NegotiatedApplicationProtocol.ToString(), tls.RemoteCertificate?.Subject);
    }

    // The answer is an error of some kind, for nobody is behind the handshake; only that the proxy dials matters.
    private static async Task AskAsync(Uri trigger, CancellationToken cancel)
    {
        try
        {
            using var response = await Http.Client.GetAsync(trigger, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // not listening yet, or it hung up, or nobody waits for it any more
        }
    }
}
