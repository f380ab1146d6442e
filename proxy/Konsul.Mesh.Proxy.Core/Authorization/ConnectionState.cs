using System.Net;
using System.Security.Cryptography.X509Certificates;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Proxy.Core.Http;
using Konsul.Mesh.Proxy.Core.Listeners;

namespace Konsul.Mesh.Proxy.Core.Authorization;

/// <summary>One open connection of a client: who it is and whether it may.</summary>
internal sealed class ConnectionState
{
    private readonly Action _abort;
    private volatile bool _denied;

    /// <param name="listener">Where it was accepted.</param>
    /// <param name="remote">The client's address.</param>
    /// <param name="isHttp">Whether requests are judged one by one; else the connection itself ends when denied.</param>
    /// <param name="abort">Cuts the connection.</param>
    public ConnectionState(ListenerState listener, EndPoint? remote, bool isHttp, Action abort)
    {
        Listener = listener;
        Remote = remote;
        IsHttp = isHttp;
        _abort = abort;
    }

    public ListenerState Listener { get; }

    public EndPoint? Remote { get; }

    public bool IsHttp { get; }

    /// <summary>Null on outbound connections: the local app has no identity but its address.</summary>
    public SpiffeId? Peer { get; init; }

    public X509Certificate2? PeerLeaf { get; init; }

    public X509Certificate2Collection? PeerOthers { get; init; }

    /// <summary>The bundle that the peer's certificate was last checked against; touched by the sweep alone once open.</summary>
    public TrustBundle? VerifiedAgainst { get; set; }

    public DateTimeOffset PeerExpiry { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>The recorders of the peer; null on outbound connections, where the cluster has them.</summary>
    public TrafficRecorders? Traffic { get; init; }

    /// <summary>What the app is told about the peer, in Envoy's form.</summary>
    public string? ClientCertificateHeader { get; init; }

    /// <summary>Read on every request: a volatile field and nothing else.</summary>
    public bool Denied => _denied;

    public IntentionDecision Decision { get; private set; }

    public RunningRequests Requests { get; } = new();

    public void Abort() => _abort();

    /// <summary>Stores a verdict; a denial ends what is running. The caller makes sure that the newest verdict comes last.</summary>
    public void SetDecision(IntentionDecision decision)
    {
        Decision = decision;
        var wasDenied = _denied;
        _denied = !decision.Allowed;
        if (decision.Allowed || wasDenied)
        {
            return;
        }

        if (!IsHttp)
        {
            _abort();
            return;
        }

        // A request enters before it reads the verdict, and the verdict was written before this: one of the two sees the other.
        Requests.AbortAll();
    }
}
