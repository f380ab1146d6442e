using System.Security.Cryptography;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Events;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// The CA as this server's state has it: the root that signs, opened, and all that are trusted. It is in the replicated state, so a server has
/// none before it has that; from <see cref="Open"/> on it follows every change of the roots.
/// </summary>
internal sealed class AuthorityHolder(ReplicatedState state, string kekFile, ILogger<AuthorityHolder> log) : IDisposable
{
    private readonly Lock _following = new();
    private volatile Opened? _opened;

    private sealed record Opened(CertificateAuthority Signer, TrustBundle Bundle, ulong Index);

    /// <summary>The root that signs is another, or what ships with its leaves is. Raised on a pool thread.</summary>
    public event Action? SignerChanged;

    public bool IsOpen => _opened is not null;

    /// <exception cref="ApiException">Not open yet.</exception>
    public CertificateAuthority Authority => Now.Signer;

    /// <summary>Whom to believe, the root that signs first.</summary>
    /// <exception cref="ApiException">Not open yet.</exception>
    public TrustBundle Bundle => Now.Bundle;

    /// <summary>Index of the roots that are in force here; 0 before any.</summary>
    public ulong Index => _opened?.Index ?? 0;

    private Opened Now => _opened ?? throw ApiException.Failed("CA is uninitialized and unable to sign certificates yet: no root certificate");

    /// <summary>As a sealed root that <see cref="CertificateAuthority.Open"/> takes.</summary>
    public static SealedRoot Sealed(CaTable ca) => new(
        ca.ClusterId, ca.Active.Certificate, ca.Active.SealedKey, RootDescription.FromDer(ca.Active.Certificate.Span).SigningKeyId)
    {
        CrossSigned = ca.Active.CrossSigned?.Certificate ?? default,
    };

    /// <summary>The first authority, and from now on those of the state.</summary>
    public void Open(CertificateAuthority authority, CaTable ca)
    {
        _opened = new Opened(authority, BundleOf(ca), ca.Index);
        state.Changed += OnChanged;
        Follow();
    }

    public void Dispose()
    {
        state.Changed -= OnChanged;
        _opened?.Signer.Dispose();
    }

    private static TrustBundle BundleOf(CaTable ca) => new(TrustDomain.ForCluster(ca.ClusterId), [.. ca.Roots.Select(r => r.Certificate)]);

    /// <summary>On the log's loop: only leaves word.</summary>
    private void OnChanged(StateChange change)
    {
        if (change.Restored || change.Topics.Contains(Topic.CaRoots))
            ThreadPool.UnsafeQueueUserWorkItem(static holder => holder.Follow(), this, preferLocal: false);
    }

    private void Follow()
    {
        lock (_following)
        {
            if (_opened is not { } before || state.View.Ca is not { } ca || (ca.Index == before.Index && TrustDomain.ForCluster(ca.ClusterId) == before.Bundle.TrustDomain))
                return;

            // An authority that is replaced is left to the collector: a signature by it may be under way.
            var signer = SignsLike(before.Signer.Root, ca) ? before.Signer : TryOpen(ca) ?? before.Signer;
            _opened = new Opened(signer, BundleOf(ca), ca.Index);
            if (ReferenceEquals(signer, before.Signer))
                return;
            log.LogInformation("Certificates are signed by root {RootId} now", ca.Active.Id);
        }

        SignerChanged?.Invoke();
    }

    private static bool SignsLike(SealedRoot root, CaTable ca) =>
        root.ClusterId == ca.ClusterId && root.Certificate.Span.SequenceEqual(ca.Active.Certificate.Span)
        && root.CrossSigned.Span.SequenceEqual((ca.Active.CrossSigned?.Certificate ?? default).Span);

    private CertificateAuthority? TryOpen(CaTable ca)
    {
        var kek = Array.Empty<byte>();
        try
        {
            kek = KeyEncryptionKey.Load(kekFile);
            return CertificateAuthority.Open(Sealed(ca), kek);
        }
        catch (Exception e) when (e is CryptographicException or StartupException)
        {
            log.LogCritical("The key of root {RootId} cannot be opened, this server goes on signing with the old one: {Reason}", ca.Active.Id, e.Message);
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kek);
        }
    }
}
