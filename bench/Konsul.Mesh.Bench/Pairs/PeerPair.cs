using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Bench.Certificates;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>A pair of somebody else's proxies: configured by us, with certificates of the benchmark's own authority.</summary>
internal abstract class PeerPair(PairSetup setup) : ProxyPair
{
    public override Task<(X509Certificate2 Certificate, string ServerName)?> GoodClientAsync(CancellationToken cancel) =>
        Task.FromResult<(X509Certificate2, string)?>((setup.Certificates.LoadClient(), MeshCertificates.ServerName));

    public override (ChildProcess Process, int Port)? StartOutboundTo(int port)
    {
        var listen = FreePort.Next();
        return (StartOutbound(setup, listen, port), listen);
    }

    protected abstract ChildProcess StartOutbound(PairSetup setup, int listen, int peer);
}
