using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.ConfigEntries.Rules;

internal static class RouterRules
{
    private const int MaxRoutes = 1000;

    private static readonly string[] RetryConditions =
    [
        "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited", "retriable-4xx", "refused-stream", "cancelled",
        "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
    ];

    public static ServiceRouter Check(ServiceRouter router)
    {
        Rule.Require(router.Routes.Length <= MaxRoutes, "Routes", $"Routes has more than {MaxRoutes} entries");
        for (var i = 0; i < router.Routes.Length; i++)
        {
            Route($"Routes[{i}]", router.Routes[i]);
        }

        return router;
    }

    private static void Route(string at, ServiceRoute route)
    {
        var match = route.Match?.Http;
        if (match is not null)
        {
            Match($"{at}.Match.HTTP", match);
        }

        if (route.Destination is { } destination)
        {
            Destination($"{at}.Destination", destination, match);
        }

        var answers = (route.Redirect is null ? 0 : 1) + (route.Response is null ? 0 : 1);
        Rule.Require(answers + (route.Destination is null ? 0 : 1) <= 1, at, $"{at} should only contain one of Destination, Redirect, or Response");
        if (route.Redirect is { } redirect)
        {
            Redirect($"{at}.Redirect", redirect, match);
        }

        if (route.Response is { } response)
        {
            Rule.Require(response.StatusCode is >= 200 and <= 599, $"{at}.Response.StatusCode", $"{at}.Response.StatusCode must be between 200 and 599");
            Rule.Modifiers($"{at}.Response.Headers", new HeaderModifiers { Set = response.Headers });
        }

        if (route.Mirror is { } mirror)
        {
            Rule.Service($"{at}.Mirror.Service", mirror.Service);
            Rule.Percent($"{at}.Mirror.Percent", mirror.Percent ?? 100);
            Rule.Require(answers == 0, $"{at}.Mirror", $"{at}.Mirror goes with forwarded requests only");
        }

        if (route.Fault is { } fault)
        {
            Fault($"{at}.Fault", fault);
        }
    }

    private static void Match(string at, ServiceRouteHttpMatch match)
    {
        Rule.PathMatch(at, match.PathExact, match.PathPrefix, match.PathRegex);
        Rule.HeaderMatches($"{at}.Header", match.Header);
        Rule.MethodList($"{at}.Methods", match.Methods);
        for (var i = 0; i < match.QueryParam.Length; i++)
        {
            var (path, q) = ($"{at}.QueryParam[{i}]", match.QueryParam[i]);
            Rule.Require(q.Name.Length > 0, path, $"{path} missing required Name field");
            var forms = (q.Present ? 1 : 0) + (q.Exact.Length > 0 ? 1 : 0) + (q.Regex.Length > 0 ? 1 : 0);
            Rule.Require(forms == 1, path, $"{path} should contain exactly one of Present, Exact, or Regex");
            Rule.Pattern($"{path}.Regex", q.Regex);
        }
    }

    private static void Destination(string at, ServiceRouteDestination destination, ServiceRouteHttpMatch? match)
    {
        Rule.OptionalService($"{at}.Service", destination.Service);
        if (destination.PrefixRewrite.Length > 0)
        {
            Rule.Require(
                match is { PathExact.Length: > 0 } or { PathPrefix.Length: > 0 }, $"{at}.PrefixRewrite",
                $"{at} cannot make use of PrefixRewrite without configuring either PathExact or PathPrefix");
            Rule.Require(destination.PrefixRewrite[0] == '/', $"{at}.PrefixRewrite", $"{at}.PrefixRewrite doesn't start with '/'");
        }

        foreach (var condition in destination.RetryOn)
        {
            Rule.Require(RetryConditions.Contains(condition), $"{at}.RetryOn", $"{at}.RetryOn contains an invalid condition \"{ShownText.Of(condition)}\"");
        }

        foreach (var status in destination.RetryOnStatusCodes)
        {
            Rule.Require(status is >= 400 and <= 599, $"{at}.RetryOnStatusCodes", $"{at}.RetryOnStatusCodes must be between 400 and 599");
        }

        Rule.Modifiers($"{at}.RequestHeaders", destination.RequestHeaders);
        Rule.Modifiers($"{at}.ResponseHeaders", destination.ResponseHeaders);
    }

    private static void Redirect(string at, ServiceRouteRedirect redirect, ServiceRouteHttpMatch? match)
    {
        Rule.OneOf($"{at}.Scheme", redirect.Scheme, "http", "https");
        Rule.Port($"{at}.Port", redirect.Port);
        Rule.Require(
            redirect.Host.Length == 0 || Uri.CheckHostName(redirect.Host) != UriHostNameType.Unknown, $"{at}.Host",
            $"{at}.Host \"{ShownText.Of(redirect.Host)}\" is not a host name");
        Rule.Require(redirect.Path.Length == 0 || redirect.PathPrefix.Length == 0, at, $"{at} should only contain one of Path or PathPrefix");
        foreach (var path in new[] { redirect.Path, redirect.PathPrefix })
        {
            Rule.Require(path.Length == 0 || (path[0] == '/' && !path.Any(char.IsControl)), at, $"{at}: a path starts with '/' and holds no control characters");
        }

        Rule.Require(
            redirect.PathPrefix.Length == 0 || match is { PathExact.Length: > 0 } or { PathPrefix.Length: > 0 }, $"{at}.PathPrefix",
            $"{at} cannot make use of PathPrefix without configuring either PathExact or PathPrefix");
        Rule.Require(redirect.StatusCode is 0 or 301 or 302 or 303 or 307 or 308, $"{at}.StatusCode", $"{at}.StatusCode wants 301, 302, 303, 307 or 308");
        Rule.Require(
            redirect.Scheme.Length > 0 || redirect.Host.Length > 0 || redirect.Port > 0 || redirect.Path.Length > 0 || redirect.PathPrefix.Length > 0, at,
            $"{at} leads back to where it came from");
    }

    private static void Fault(string at, ServiceRouteFault fault)
    {
        Rule.Percent($"{at}.DelayPercent", fault.DelayPercent);
        Rule.Percent($"{at}.AbortPercent", fault.AbortPercent);
        Rule.Require(
            fault.DelayPercent > 0 == fault.Delay > TimeSpan.Zero, at, $"{at} wants both of Delay and DelayPercent, or none");
        Rule.Require(fault.Delay <= TimeSpan.FromMinutes(1), $"{at}.Delay", $"{at}.Delay must not be longer than 1m");
        Rule.Require(
            fault.AbortPercent > 0 ? fault.AbortStatus is >= 400 and <= 599 : fault.AbortStatus == 0, $"{at}.AbortStatus",
            $"{at} wants AbortPercent with an AbortStatus between 400 and 599, or none of the two");
    }
}
