using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>Two running proxies with mTLS between them: <c>load → Outbound → TLS 1.3 → Inbound → app</c>.</summary>
internal abstract class ProxyPair : IAsyncDisposable
{
    public abstract string Name { get; }

    /// <summary>One line for the report: what was chosen, so that a reader can judge the comparison.</summary>
    public abstract string Settings { get; }

    /// <summary>The protocol between the two proxies: <c>h2</c> or <c>http/1.1</c>.</summary>
    public abstract string HopProtocol { get; }

    /// <summary>Where the load goes.</summary>
    public required int OutboundPort { get; init; }

    /// <summary>Where the mTLS listener is.</summary>
    public required int InboundPort { get; init; }

    public required ChildProcess Outbound { get; init; }

    public required ChildProcess Inbound { get; init; }

    public Uri Address(Body body) => new($"http://127.0.0.1:{OutboundPort}{body.Path}");

    /// <summary>A certificate which the inbound proxy must accept, and the name to ask for; null when none can be had.</summary>
    public abstract Task<(X509Certificate2 Certificate, string ServerName)?> GoodClientAsync(CancellationToken cancel);

    /// <summary>
    /// Starts one more outbound proxy of the same kind which dials <paramref name="port"/>, so that its own side of the handshake can be
    /// looked at; null when the address it dials is not ours to choose.
    /// </summary>
    public abstract (ChildProcess Process, int Port)? StartOutboundTo(int port);

    /// <summary>Name → private bytes now, outbound first.</summary>
    public (long Outbound, long Inbound) PrivateBytes() => (ProcStat.PrivateBytes(Outbound.Pid), ProcStat.PrivateBytes(Inbound.Pid));

    public double CpuMicroseconds() => ProcStat.CpuMicroseconds(Outbound.Pid) + ProcStat.CpuMicroseconds(Inbound.Pid);

    public virtual async ValueTask DisposeAsync()
    {
        await Outbound.DisposeAsync();
        await Inbound.DisposeAsync();
    }
}
