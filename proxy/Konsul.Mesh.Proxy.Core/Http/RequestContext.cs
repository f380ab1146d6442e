using Konsul.Mesh.Proxy.Core.Authorization;
using Konsul.Mesh.Proxy.Core.LoadBalancing;
using Konsul.Mesh.Proxy.Core.Outbound;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>
/// One request while it runs; reused for the following ones of its connection (HTTP/1.1) or stream slot (HTTP/2). It is the forwarder's
/// transformer itself, so that nothing has to be looked up or allocated to get from the forwarder back to here.
/// </summary>
internal sealed class RequestContext : HttpTransformer, IRunningRequest
{
    private readonly HttpForwarding _forwarding;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly int[] _tried;
    private EndpointLoad? _load;
    private PeerLink? _link;
    private int _dials;
    private long _attemptStarted;

    public RequestContext(HttpForwarding forwarding, IFeatureCollection features)
    {
        _forwarding = forwarding;
        _tried = new int[forwarding.MaxAttempts];
        Connection = features.Get<ConnectionState>() ?? throw new InvalidOperationException("A connection came in without its state.");
        _lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        Http = new DefaultHttpContext(features);
    }

    public ConnectionState Connection { get; }

    int IRunningRequest.Place { get; set; }

    public DefaultHttpContext Http { get; }

    /// <summary>What the proxy itself has to say about the answer; none when the answer is the upstream's.</summary>
    public ResponseFlag Flag { get; set; }

    /// <summary>When the request came, timestamp.</summary>
    public long Started { get; private set; }

    /// <summary>When the head of the upstream's answer came, timestamp; 0 before.</summary>
    public long Answered { get; private set; }

    /// <summary>Whether the upstream's answer came to its end, body and trailers.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Set on the inbound side: what the app is told about the peer.</summary>
    public string? ClientCertificateHeader { get; set; }

    /// <summary>Set on the outbound side once the request was routed.</summary>
    public ClusterState? Cluster { get; set; }

    public void Enter(IFeatureCollection features)
    {
        Http.Initialize(features);
        Flag = ResponseFlag.None;
        Answered = 0;
        IsAnswered = false;
        Cluster = null;
        Started = _forwarding.Timestamp();
        Connection.Requests.Enter(this);
    }

    public void Leave()
    {
        Connection.Requests.Leave(this);
        _link = null;
        _load = null;
        Http.Uninitialize();
    }

    void IRunningRequest.Abort()
    {
        Flag = ResponseFlag.INT;
        _lifetime.Abort();
    }

    /// <summary>Endpoints that this request has used up.</summary>
    public ReadOnlySpan<int> Tried(int attempts) => _tried.AsSpan(0, attempts);

    /// <summary>Notes the endpoint of an attempt, so that the head of its answer can be timed. An answer that had to wait for a handshake is
    /// not timed: it would tell how far away a certificate is, not how busy the endpoint.</summary>
    public void Use(int attempt, int endpoint, EndpointLoad load, PeerLink link)
    {
        _tried[attempt] = endpoint;
        _load = load;
        _link = link;
        _dials = link.Dials;
        _attemptStarted = _forwarding.Timestamp();
    }

    /// <summary>Makes the answer clean again after an attempt that failed before anything was sent.</summary>
    public void Reset()
    {
        Http.Response.Clear();
        Http.Features.Set<IForwarderErrorFeature>(null);
        Answered = 0;
        IsAnswered = false;
    }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        HeaderRules.BeforeRequestCopy(httpContext.Request.Headers);
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        proxyRequest.RequestUri = RequestTarget.Of(destinationPrefix, httpContext);
        if (ClientCertificateHeader is not null)
        {
            proxyRequest.Headers.TryAddWithoutValidation(HeaderRules.ForwardedClientCertificate, ClientCertificateHeader);
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        }

        Answered = _forwarding.Timestamp();
        if (_load is not null && _link!.Dials == _dials)
        {
            _load.Answered(Answered - _attemptStarted, Answered);
        }

        var goesOn = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        if (EarlyHeadContent.Suits(proxyResponse))
        {
            proxyResponse.Content = new EarlyHeadContent(proxyResponse.Content, httpContext.Response);
        }

        return goesOn;
    }

    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        // The forwarder comes here only after it has copied the body.
        IsAnswered = true;
        return base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
    }
}
