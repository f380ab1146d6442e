using Konsul.Mesh.Model;
using Konsul.Mesh.Server.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Http;

/// <summary>
/// The request discipline of Consul's API, once for every endpoint:
/// <list type="number">
/// <item>the raw target: printable, clean (else 301), a known path (else 404)</item>
/// <item>the method: known to the path (else 405 with Allow; HEAD is not GET), OPTIONS answered here</item>
/// <item>the parameter decoded, the query parsed</item>
/// <item>the token, the datacenter, the tenancy parameters</item>
/// <item>the handler; its refusals become status and bare text</item>
/// </list>
/// </summary>
internal sealed class ApiMiddleware
{
    private const string UnknownPath = "Invalid URL path: not a recognized HTTP API endpoint\n";
    private readonly ApiRouter _router;
    private readonly ApiSettings _settings;
    private readonly TokenGuard _guard;
    private readonly HttpApiMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public ApiMiddleware(ApiRouter router, ApiSettings settings, HttpApiMetrics metrics, TimeProvider time, ILogger<ApiMiddleware> log)
    {
        _router = router;
        _settings = settings;
        _guard = new TokenGuard(settings.ManagementToken);
        _metrics = metrics;
        _time = time;
        _log = log;
    }

    public IEnumerable<ApiRoute> Routes => _router.Routes;

    public async Task InvokeAsync(HttpContext http)
    {
        var started = _time.GetTimestamp();
        var route = Unrouted;
        ApiContext? context = null;
        try
        {
            var target = RequestTarget.Parse(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
            context = Admit(http, target, ref route);
            if (context is not null)
                await HandleAsync(context).ConfigureAwait(false);
        }
        catch (ApiException e)
        {
            await RefuseAsync(http, e.Status, e.Message).ConfigureAwait(false);
        }
        catch (DecodeException e)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, $"Request decode failed: {e.Message}").ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(http, e.StatusCode, e.Message).ConfigureAwait(false);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (Exception e)
        {
            _log.LogError(e, "A request to {Path} failed", route.Pattern);
            await RefuseAsync(http, StatusCodes.Status500InternalServerError, "Internal error; the server's log has the reason").ConfigureAwait(false);
        }
        finally
        {
            var took = context is { Blocked: true } ? (TimeSpan?)null : _time.GetElapsedTime(started);
            _metrics.Record(route.Pattern, http.Request.Method, http.Response.StatusCode, took);
        }
    }

    private static readonly ApiRoute Unrouted = new("other");

    private static Task HandleAsync(ApiContext context)
    {
        if (HttpMethods.IsOptions(context.Http.Request.Method))
        {
            context.Http.Response.Headers.Allow = context.Route.Allow;
            return context.EmptyAsync();
        }

        return context.Route.Handler(context.Http.Request.Method)!(context);
    }

    /// <summary>Steps 1 to 4. Null when the answer was given here.</summary>
    private ApiContext? Admit(HttpContext http, RequestTarget target, ref ApiRoute route)
    {
        http.Response.Headers["X-Consul-Default-ACL-Policy"] = _settings.DefaultAclPolicy;
        if (RequestTarget.Decode(target.Path, plusIsSpace: false, printable: true) is null)
            throw ApiException.BadRequest("Invalid URL path: a percent escape is broken or a character is not printable");

        var clean = target.CleanPath();
        if (!_router.TryMatch(clean, out var found, out var rest))
        {
            if (!_router.WantsSlash(clean))
                throw ApiException.NotFound(UnknownPath);
            clean += "/";
        }

        if (clean != target.Path)
        {
            http.Response.StatusCode = StatusCodes.Status301MovedPermanently;
            http.Response.Headers.Location = target.Query.Length > 0 ? $"{clean}?{target.Query}" : clean;
            return null;
        }

        route = found!;
        var method = http.Request.Method;
        if (route.Handler(method) is null && !HttpMethods.IsOptions(method))
        {
            http.Response.Headers.Allow = route.Allow;
            throw new ApiException(StatusCodes.Status405MethodNotAllowed, $"method {JsonValues.Shown(method)} not allowed");
        }

        var parameter = RequestTarget.Decode(rest, plusIsSpace: false, printable: true)!;
        var query = QueryParameters.Parse(target.Query);
        Authorize(http, route, parameter, query);
        CheckScope(query);
        var ns = NamespaceOf(http, route, query);
        if (route.IsPrefix && route.Missing is not null && parameter.Length == 0 && !HttpMethods.IsOptions(method))
            throw ApiException.BadRequest(route.Missing);
        return new ApiContext(http, route, parameter, query) { Namespace = ns };
    }

    private void Authorize(HttpContext http, ApiRoute route, string parameter, QueryParameters query)
    {
        if (route.Access == Access.Open || HttpMethods.IsOptions(http.Request.Method))
            return;
        var verb = HttpMethods.IsGet(http.Request.Method) ? "read" : "write";
        if (_guard.Refusal(TokenGuard.TokenOf(http.Request, query) ?? _settings.Tokens.Default, $"{route.Resource}:{verb}", parameter) is { } refusal)
            throw new ApiException(StatusCodes.Status403Forbidden, refusal);
    }

    /// <summary>There is one datacenter and one partition here; another one is not silently answered from these.</summary>
    private void CheckScope(QueryParameters query)
    {
        var datacenter = query.Value("datacenter") is { Length: > 0 } full ? full : query.Value("dc");
        if (datacenter.Length > 0 && datacenter != _settings.Datacenter)
            throw ApiException.Failed("No path to datacenter");
        RefuseOther(query, "partition", "Partitions");
        RefuseOther(query, "peer", "Peers");
        RefuseOther(query, "sg", "Sameness groups");
        RefuseOther(query, "sameness-group", "Sameness groups");
    }

    /// <summary>The query's namespace, else the header's; empty for the default one.</summary>
    private static string NamespaceOf(HttpContext http, ApiRoute route, QueryParameters query)
    {
        var name = query.Value("ns") is { Length: > 0 } asked ? asked : http.Request.Headers["X-Consul-Namespace"].ToString();
        if (name.Length == 0 || NamespacedKey.IsDefault(name) || (name == "*" && !route.Namespaced))
            return "";
        if (!route.Namespaced)
            throw ApiException.BadRequest("Invalid query parameter: \"ns\" - Namespaces other than \"default\" do not exist here");
        return Names.CheckName(name) is { } wrong
            ? throw ApiException.BadRequest($"Invalid namespace: \"{JsonValues.Shown(name)}\" {wrong}")
            : name;
    }

    private static void RefuseOther(QueryParameters query, string name, string what)
    {
        if (query.Value(name) is not ("" or "default" or "*"))
            throw ApiException.BadRequest($"Invalid query parameter: \"{name}\" - {what} other than \"default\" do not exist here");
    }

    private static async Task RefuseAsync(HttpContext http, int status, string text)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        var context = new ApiContext(http, Unrouted, "", QueryParameters.Empty);
        http.Response.Headers.Remove("Vary");
        await context.TextAsync(status, text).ConfigureAwait(false);
    }
}
