using System.Collections.Concurrent;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Identity.Tests;

/// <summary>Signs with a test CA until a test gives it another <see cref="Answer"/>.</summary>
internal sealed class FakeSigner : ICertificateSigner
{
    private readonly CertFactory _certs;
    private readonly TimeProvider _time;
    private int _calls;

    public FakeSigner(CertFactory certs, TimeProvider time)
    {
        (_certs, _time) = (certs, time);
        Answer = (csr, _) => Task.FromResult(Sign(csr));
    }

    public LeafPolicy Policy { get; set; } = LeafPolicy.Default;

    public Func<byte[], CancellationToken, Task<SignedChain>> Answer { get; set; }

    public int Calls => Volatile.Read(ref _calls);

    public ConcurrentQueue<byte[]> Requests { get; } = [];

    public Task<SignedChain> SignAsync(ReadOnlyMemory<byte> csr, CancellationToken cancellationToken)
    {
        Requests.Enqueue(csr.ToArray());
        Interlocked.Increment(ref _calls);
        return Answer(csr.ToArray(), cancellationToken);
    }

    public SignedChain Sign(byte[] csr, CertFactory? by = null, TrustBundle? bundle = null)
    {
        var ca = by ?? _certs;
        var result = ca.Authority.Sign(csr, ca.Id("web"), Policy, _time.GetUtcNow());
        return result.Issued ? new SignedChain(result.Certificate.Chain, bundle ?? ca.Bundle) : throw new InvalidOperationException(result.Reason);
    }

    public void Fail(string message = "the control plane is away") => Answer = (_, _) => throw new IOException(message);

    public void Recover() => Answer = (csr, _) => Task.FromResult(Sign(csr));
}
