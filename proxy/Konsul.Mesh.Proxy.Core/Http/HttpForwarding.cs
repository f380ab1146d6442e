using System.Net;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Proxy.Core.Connections;
using Konsul.Mesh.Proxy.Core.Identity;
using Konsul.Mesh.Proxy.Core.Inbound;
using Konsul.Mesh.Proxy.Core.Outbound;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Konsul.Mesh.Proxy.Core.Http;

/// <summary>What the HTTP engine calls for each request: authorise, route, pick, forward, measure. No routing middleware and no
/// services per request.</summary>
internal sealed class HttpForwarding : IHttpApplication<RequestContext>
{
    private const string PeerPrefix = "http://peer";
    private const string AppPrefix = "http://app";
    private readonly EngineContext _engine;
    private readonly IHttpForwarder _forwarder;
    private readonly AppPool _app;
    private readonly Func<string, ClusterState?> _routes;
    private readonly ForwarderRequestConfig _http2;
    private readonly ForwarderRequestConfig _http11;

    /// <param name="engine">Shared parts.</param>
    /// <param name="forwarder">YARP's, used directly.</param>
    /// <param name="app">Connections to the local app.</param>
    /// <param name="routes">The cluster of a host, for listeners that have none of their own.</param>
    public HttpForwarding(EngineContext engine, IHttpForwarder forwarder, AppPool app, Func<string, ClusterState?> routes)
    {
        _engine = engine;
        _forwarder = forwarder;
        _app = app;
        _routes = routes;
        var idle = engine.Options.RequestIdleTimeout;
        _http2 = new() { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, ActivityTimeout = idle };
        _http11 = new() { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, ActivityTimeout = idle };
    }

    public int MaxAttempts => _engine.Options.MaxAttempts;

    public long Timestamp() => _engine.Time.GetTimestamp();

    public RequestContext CreateContext(IFeatureCollection contextFeatures)
    {
        RequestContext? context;
        if (contextFeatures is IHostContextContainer<RequestContext> container)
        {
            context = container.HostContext ??= new RequestContext(this, contextFeatures);
        }
        else
        {
            context = new RequestContext(this, contextFeatures);
        }

        context.Enter(contextFeatures);
        return context;
    }

    public Task ProcessRequestAsync(RequestContext context)
    {
        if (!RequestTarget.IsAcceptable(context.Http.Features.Get<IHttpRequestFeature>()!.RawTarget))
        {
            return ErrorAnswer.WriteAsync(context, StatusCodes.Status400BadRequest, ResponseFlag.DPE, "a request target must not hold '#'");
        }

        if (HttpMethods.IsConnect(context.Http.Request.Method))
        {
            return ErrorAnswer.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, ResponseFlag.DPE, "CONNECT is not offered");
        }

        return context.Connection.Peer is not null
            ? ToAppAsync(context)
            : ToPeerAsync(context);
    }

    public void DisposeContext(RequestContext context, Exception? exception)
    {
        Record(context, exception);
        context.Leave();
    }

    /// <summary>Inbound: the peer is known since the handshake, the verdict is one volatile read.</summary>
    private async Task ToAppAsync(RequestContext context)
    {
        var connection = context.Connection;
        if (connection.Denied)
        {
            var (peer, model) = (connection.Peer!, connection.Listener.Model);
            _engine.Metrics.Authorization.Denied(connection.Decision.IntentionId, peer.Service ?? "", model.Service).Increment();
            await ErrorAnswer.WriteAsync(
                context, StatusCodes.Status403Forbidden, ResponseFlag.INT, $"{peer.Service} may not call {model.Service}").ConfigureAwait(false);
            return;
        }

        if (connection.Listener.Model.Inbound is not { } inbound)
        {
            await ErrorAnswer.WriteAsync(
                context, StatusCodes.Status404NotFound, ResponseFlag.NR, "this service is no longer here").ConfigureAwait(false);
            return;
        }

        var isGrpc = ErrorAnswer.IsGrpc(context.Http.Request);
        var upgrade = Upgrade.IsAskedFor(context.Http);
        var h2 = !upgrade && (isGrpc || inbound.Protocol is ServiceProtocol.Http2 or ServiceProtocol.Grpc);
        context.ClientCertificateHeader = connection.ClientCertificateHeader;
        var invoker = h2 ? _app.Http2(inbound) : upgrade ? _app.Upgrades(inbound) : _app.Http11(inbound);
        var error = upgrade && !Upgrade.IsKnownToForwarder(context.Http)
            ? await Upgrade.ForwardAsync(context, AppPrefix, invoker).ConfigureAwait(false)
            : await _forwarder.SendAsync(context.Http, AppPrefix, invoker, h2 ? _http2 : _http11, context).ConfigureAwait(false);
        if (error != ForwarderError.None)
        {
            await AnswerErrorAsync(context, error, "the app", Find<DialException>(FailureOf(context))).ConfigureAwait(false);
        }
    }

    private async Task ToPeerAsync(RequestContext context)
    {
        var cluster = context.Connection.Listener.Model.Cluster ?? _routes(HostName.Of(context.Http.Request.Host.Value));
        context.Cluster = cluster;
        if (cluster is null)
        {
            await ErrorAnswer.WriteAsync(
                context, StatusCodes.Status404NotFound, ResponseFlag.NR, "no service answers for this host").ConfigureAwait(false);
            return;
        }

        if (_engine.Identity.Current is not { } credentials)
        {
            await ErrorAnswer.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, ResponseFlag.NI, "this sidecar has no certificate yet").ConfigureAwait(false);
            return;
        }

        var model = cluster.Model;
        var upgrade = Upgrade.IsAskedFor(context.Http);
        DialException? dial = null;
        for (var attempt = 0; attempt < _engine.Options.MaxAttempts; attempt++)
        {
            var picked = cluster.Pick(model, context.Tried(attempt));
            if (picked < 0)
            {
                break;
            }

            var error = await TryPeerAsync(context, cluster, attempt, picked, model.Endpoints[picked], credentials, upgrade).ConfigureAwait(false);
            if (error == ForwarderError.None)
            {
                return;
            }

            dial = Find<DialException>(FailureOf(context));
            if (dial is null || context.Http.Response.HasStarted || context.Http.RequestAborted.IsCancellationRequested)
            {
                await AnswerErrorAsync(context, error, model.Config.Name, dial).ConfigureAwait(false);
                return;
            }

            context.Reset();
        }

        await (dial is null
            ? ErrorAnswer.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, ResponseFlag.UH, $"{model.Config.Name} has no healthy instance")
            : AnswerErrorAsync(context, ForwarderError.Request, model.Config.Name, dial)).ConfigureAwait(false);
    }

    private async ValueTask<ForwarderError> TryPeerAsync(
        RequestContext context, ClusterState cluster, int attempt, int picked, EndpointState endpoint, PeerCredentials credentials, bool upgrade)
    {
        var load = endpoint.Load;
        var link = endpoint.Hold(credentials);
        context.Use(attempt, picked, load, link);
        load.Begin();
        cluster.Upstream.Active.Add(1);
        try
        {
            if (upgrade)
            {
                return Upgrade.IsKnownToForwarder(context.Http)
                    ? await _forwarder.SendAsync(context.Http, PeerPrefix, link.Upgrades, _http11, context).ConfigureAwait(false)
                    : await Upgrade.ForwardAsync(context, PeerPrefix, link.Upgrades).ConfigureAwait(false);
            }

            return await _forwarder.SendAsync(context.Http, PeerPrefix, link.Streams, _http2, context).ConfigureAwait(false);
        }
        finally
        {
            cluster.Upstream.Active.Add(-1);
            load.End();
            link.Release();
        }
    }

    private static Exception? FailureOf(RequestContext context) => context.Http.Features.Get<IForwarderErrorFeature>()?.Exception;

    private static Task AnswerErrorAsync(RequestContext context, ForwarderError error, string upstream, DialException? dial)
    {
        if (context.Http.RequestAborted.IsCancellationRequested)
        {
            context.Flag = context.Flag == ResponseFlag.None ? ResponseFlag.DC : context.Flag;
            return Task.CompletedTask;
        }

        if (context.IsAnswered)
        {
            // The whole answer is there, only the request did not end: nobody wanted the rest of it.
            return Task.CompletedTask;
        }

        var (status, flag, reason) = error switch
        {
            _ when Find<BadHttpRequestException>(FailureOf(context)) is { } bad => (bad.StatusCode, ResponseFlag.DPE, "the request is malformed"),
            _ when dial is not null => (StatusCodes.Status503ServiceUnavailable, ResponseFlag.UF, $"{upstream} cannot be reached"),
            _ when Find<HttpIOException>(FailureOf(context)) is
            { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } =>
                (StatusCodes.Status502BadGateway, ResponseFlag.UC, $"{upstream} gave an answer that is not valid"),
            ForwarderError.RequestTimedOut => (StatusCodes.Status504GatewayTimeout, ResponseFlag.UT, $"{upstream} did not answer in time"),
            ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled
                or ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient
                or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled =>
                (StatusCodes.Status502BadGateway, ResponseFlag.DC, "the client ended the request"),
            _ => (StatusCodes.Status502BadGateway, ResponseFlag.UC, $"{upstream} ended the connection before its answer was complete"),
        };
        if (context.Http.Response.HasStarted)
        {
            context.Flag = context.Flag == ResponseFlag.None ? flag : context.Flag;
            return Task.CompletedTask;
        }

        context.Reset();
        return ErrorAnswer.WriteAsync(context, status, flag, reason);
    }

    private static T? Find<T>(Exception? error)
        where T : Exception
    {
        for (; error is not null; error = error.InnerException)
        {
            switch (error)
            {
                case T found:
                    return found;
                case AggregateException all:
                    return all.InnerExceptions.Select(Find<T>).FirstOrDefault(e => e is not null);
            }
        }

        return null;
    }

    private void Record(RequestContext context, Exception? exception)
    {
        if ((context.Cluster?.Traffic ?? context.Connection.Traffic) is not { } traffic)
        {
            return;
        }

        var http = context.Http;
        var isGrpc = ErrorAnswer.IsGrpc(http.Request);
        var flag = exception is not null && context.Flag == ResponseFlag.None ? ResponseFlag.DC : context.Flag;
        traffic.Http(isGrpc).Record(
            http.Response.StatusCode,
            flag,
            _engine.Time.GetElapsedTime(context.Started),
            http.Request.ContentLength ?? 0,
            http.Response.ContentLength ?? 0,
            isGrpc ? ErrorAnswer.GrpcStatus(http) : null);
    }
}
