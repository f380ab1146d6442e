using System.Collections.Concurrent;
using System.Globalization;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Telemetry.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Hosting.Admin;

/// <summary>
/// <c>/metrics</c>, <c>/healthz</c>, <c>/ready</c>, <c>POST /drain</c>, <c>POST /log-level</c>, and what the program adds. It has no
/// authentication: bind it where only operators reach it. It answers until the very end of a drain.
/// </summary>
public sealed class AdminEndpoint : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, RequestDelegate> _gets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RequestDelegate> _posts = new(StringComparer.Ordinal);
    private readonly AdminOptions _options;
    private readonly ILogger _log;
    private WebApplication? _app;

    public AdminEndpoint(AdminOptions options)
    {
        _options = options;
        _log = options.Logging.Factory.CreateLogger<AdminEndpoint>();
        _gets["/metrics"] = new MetricsHandler(options.Metrics).HandleAsync;
        _gets["/healthz"] = context => PlainResponse.WriteAsync(context, "alive\n");
        _gets["/ready"] = new ReadinessHandler(options.Readiness, () => options.Drain.IsDraining).HandleAsync;
        _gets["/log-level"] = context => PlainResponse.WriteAsync(context, LogLevels.NameOf(options.Logging.Level) + "\n");
        _posts["/log-level"] = SetLogLevelAsync;
        _posts["/drain"] = DrainAsync;
    }

    /// <summary>The bound port, after <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Adds a page, also while running. A later handler of the same path replaces the earlier one.</summary>
    public void MapGet(string path, RequestDelegate handler) => _gets[path] = handler;

    /// <exception cref="StartupException">Cannot listen (69).</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = BareHost.CreateBuilder(_options.Logging);
        builder.WebHost.ConfigureKestrel(Limit);
        _app = builder.Build();
        _app.Run(HandleAsync);
        try
        {
            await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new StartupException(ExitCode.Unavailable, $"cannot listen on --admin-addr {_options.Address}: {e.Message}", e);
        }

        var address = ((IApplicationBuilder)_app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        _log.LogInformation("Admin endpoint listens on {Address}.", address);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Limit(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxConcurrentConnections = 128;
        kestrel.Limits.MaxRequestBodySize = 1024;
        kestrel.Limits.MaxRequestLineSize = 2048;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8192;
        kestrel.Limits.MaxRequestHeaderCount = 50;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(90);
        kestrel.Listen(_options.Address.ToEndPoint(), listen => listen.Protocols = HttpProtocols.Http1);
    }

    private async Task HandleAsync(HttpContext context)
    {
        var method = context.Request.Method;
        var path = context.Request.Path.Value ?? "";
        var isGet = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        var known = _gets.TryGetValue(path, out var get) | _posts.TryGetValue(path, out var post);
        var handler = isGet ? get : HttpMethods.IsPost(method) ? post : null;
        if (handler is null)
        {
            if (known)
            {
                context.Response.Headers.Allow = get is null ? "POST" : post is null ? "GET, HEAD" : "GET, HEAD, POST";
            }

            await PlainResponse.WriteAsync(context, known ? 405 : 404, known ? "method not allowed\n" : "not found\n").ConfigureAwait(false);
            return;
        }

        // A page in a browser on this machine could post here; programs do not send Origin.
        if (!isGet && context.Request.Headers.Origin.Count > 0)
        {
            await PlainResponse.WriteAsync(context, 403, "requests from web pages are refused\n").ConfigureAwait(false);
            return;
        }

        try
        {
            await handler(context).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or Microsoft.AspNetCore.Http.BadHttpRequestException)
            && !context.Response.HasStarted)
        {
            _log.LogError(e, "Admin page {Path} failed.", path);
            await PlainResponse.WriteAsync(context, 500, "internal error\n").ConfigureAwait(false);
        }
    }

    private async Task SetLogLevelAsync(HttpContext context)
    {
        var text = context.Request.Query["level"].ToString();
        if (text.Length == 0)
        {
            using var reader = new StreamReader(context.Request.Body);
            text = await reader.ReadToEndAsync(context.RequestAborted).ConfigureAwait(false);
        }

        if (!LogLevels.TryParse(text, out var level))
        {
            await PlainResponse.WriteAsync(context, 400, $"level must be one of {string.Join(", ", LogLevels.Names)}\n").ConfigureAwait(false);
            return;
        }

        _options.Logging.Level = level;
        await PlainResponse.WriteAsync(context, LogLevels.NameOf(level) + "\n").ConfigureAwait(false);
    }

    private Task DrainAsync(HttpContext context)
    {
        _ = _options.Drain.StartAsync(_options.DrainTimeout);
        return PlainResponse.WriteAsync(context, "draining\n");
    }
}
