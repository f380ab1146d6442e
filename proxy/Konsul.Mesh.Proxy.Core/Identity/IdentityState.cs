using Konsul.Mesh.Model.Identity;

namespace Konsul.Mesh.Proxy.Core.Identity;

/// <summary>The credentials in use. The bundle of the snapshot counts where it has roots, else the one that came with the certificate.</summary>
internal sealed class IdentityState : IDisposable
{
    private readonly IIdentitySource _source;
    private readonly Lock _lock = new();
    private TrustBundle _bundle = TrustBundle.Empty;
    private volatile PeerCredentials? _current;

    public IdentityState(IIdentitySource source)
    {
        _source = source;
        source.Changed += OnChanged;
        Refresh();
    }

    /// <summary>Fires after <see cref="Current"/> changed.</summary>
    public event Action? Changed;

    /// <summary>Null until the first certificate arrived.</summary>
    public PeerCredentials? Current => _current;

    public void UseBundle(TrustBundle bundle)
    {
        lock (_lock)
        {
            // The instance is kept while its content stays: verifiers and connection pools hang on it.
            if (SameContent(bundle, _bundle))
            {
                return;
            }

            _bundle = bundle;
        }

        Refresh();
    }

    public void Dispose() => _source.Changed -= OnChanged;

    private static bool SameContent(TrustBundle a, TrustBundle b)
    {
        if (a.TrustDomain != b.TrustDomain || a.Roots.Length != b.Roots.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Roots.Length; i++)
        {
            if (!a.Roots[i].Span.SequenceEqual(b.Roots[i].Span))
            {
                return false;
            }
        }

        return true;
    }

    private void OnChanged(WorkloadIdentity identity) => Refresh();

    private void Refresh()
    {
        lock (_lock)
        {
            if (_source.Current is not { } identity)
            {
                return;
            }

            var bundle = _bundle.Roots.IsDefaultOrEmpty ? identity.Bundle : _bundle;
            if (_current is { } old && ReferenceEquals(old.Identity, identity) && ReferenceEquals(old.Bundle, bundle))
            {
                return;
            }

            _current = new PeerCredentials(identity, bundle);
        }

        Changed?.Invoke();
    }
}
