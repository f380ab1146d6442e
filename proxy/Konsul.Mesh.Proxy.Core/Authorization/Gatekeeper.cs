using System.Security.Cryptography;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Proxy.Core.Identity;

namespace Konsul.Mesh.Proxy.Core.Authorization;

/// <summary>
/// Decides about inbound connections: once when they are admitted and again whenever the rules change. A connection is registered before it
/// is judged, and rules are published before open connections are judged again, so whichever comes later sees the other.
/// </summary>
internal sealed class Gatekeeper(IdentityState identity, TimeProvider time)
{
    private readonly ConnectionRegistry _open = new();
    private volatile IntentionPolicy _policy = IntentionPolicy.DenyAll;

    public int OpenConnections => _open.Count;

    public IntentionPolicy Policy => _policy;

    public void Admit(ConnectionState connection)
    {
        _open.Add(connection);
        Judge(connection);
    }

    public void Leave(ConnectionState connection) => _open.Remove(connection);

    public void Publish(IntentionPolicy policy)
    {
        if (ReferenceEquals(policy, _policy))
        {
            return;
        }

        _policy = policy;
        foreach (var connection in _open.Snapshot())
        {
            Judge(connection);
        }
    }

    /// <summary>Ends connections whose peer can no longer prove who it is: an expired certificate, or a root that is not trusted any more.</summary>
    public void Sweep()
    {
        var now = time.GetUtcNow();
        var bundle = identity.Current?.Bundle;
        foreach (var connection in _open.Snapshot())
        {
            if (connection.PeerExpiry < now || !StillTrusted(connection, bundle, now))
            {
                connection.Abort();
            }
        }
    }

    public void AbortAll()
    {
        foreach (var connection in _open.Snapshot())
        {
            connection.Abort();
        }
    }

    private static bool StillTrusted(ConnectionState connection, TrustBundle? bundle, DateTimeOffset now)
    {
        if (bundle is null || ReferenceEquals(bundle, connection.VerifiedAgainst))
        {
            return true;
        }

        connection.VerifiedAgainst = bundle;
        try
        {
            return StillProven(connection, bundle, now);
        }
        catch (CryptographicException)
        {
            // The connection is just being closed, its certificate with it.
            return false;
        }
    }

    private static bool StillProven(ConnectionState connection, TrustBundle bundle, DateTimeOffset now) =>
        SvidVerifier.For(bundle).Verify(connection.PeerLeaf, connection.PeerOthers, now, SvidUsage.Client, connection.Peer).Accepted;

    private void Judge(ConnectionState connection)
    {
        lock (connection)
        {
            // The policy is read under the lock, so a slow judge cannot overwrite a newer verdict with an older one.
            var decision = connection.Peer?.Service is { } service ? _policy.Decide(service) : default;
            connection.SetDecision(decision);
        }
    }
}
