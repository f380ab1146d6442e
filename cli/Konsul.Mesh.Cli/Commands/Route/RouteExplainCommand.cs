using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Commands.Config;
using Konsul.Mesh.Cli.ConfigFiles;
using Konsul.Mesh.Cli.Output;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Chains;
using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.ConfigEntries.Parts;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Cli.Commands.Route;

/// <summary>Compiles a service's chain from the server's entries, or from files, and follows one request through it.</summary>
internal static class RouteExplainCommand
{
    private static readonly Argument<string> Method = new("method") { Description = "Such as GET" };
    private static readonly Argument<string> Url = new("url") { Description = "The host's first label is the service: http://web/admin?x=1" };
    private static readonly Option<string[]> Header = new("--header", "-H") { Description = "A header of the request, repeatable", HelpName = "NAME:VALUE" };
    private static readonly Option<string?> Files = new("--dir") { Description = "Entries of these files instead of the server's", HelpName = "DIR" };
    private static readonly Option<string?> Datacenter = new("--datacenter") { Description = "The caller's [default: dc1]", HelpName = "NAME" };

    private static readonly string[] Kinds =
        [ProxyDefaults.KindWord, ServiceDefaults.KindWord, ServiceRouter.KindWord, ServiceSplitter.KindWord, ServiceResolver.KindWord];

    public static Command Create(CliEnvironment environment) => new Command("explain", "Show the route, split and target that a request would take")
    {
        Method, Url, Header, Files, Datacenter,
    }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (service, request) = RequestOf(run);
        var entries = run.Value(Files) is { } folder ? FromFiles(folder) : await ConfigCommands.FetchAsync(run, Kinds);
        DiscoveryChain chain;
        try
        {
            chain = ChainCompiler.Compile(entries, new ChainRequest { Service = service, Datacenter = run.Value(Datacenter) ?? "dc1" });
        }
        catch (ChainException e)
        {
            throw new CliException(CliExit.Failed, e.Message);
        }

        var node = chain.Nodes[chain.StartNode];
        var (label, route) = ("default", (ChainRoute?)null);
        if (node is RouterNode router)
        {
            var at = RouteMatcher.Find(router, request);
            route = router.Routes[at];
            label = at == router.Routes.Length - 1 ? "default" : string.Create(CultureInfo.InvariantCulture, $"Routes[{at}]");
            node = route.NextNode.Length > 0 ? chain.Nodes[route.NextNode] : null;
        }

        var targets = Targets(chain, node);
        return new CommandResult
        {
            Data = new JsonObject
            {
                ["Service"] = service,
                ["Protocol"] = chain.Protocol,
                ["Route"] = label,
                ["Does"] = Does(route?.Definition, request),
                ["Targets"] = new JsonArray([.. targets.Select(t => (JsonNode)new JsonObject
                {
                    ["Weight"] = t.Weight,
                    ["Target"] = t.Node.Target,
                    ["Failover"] = new JsonArray([.. t.Node.FailoverTargets.Select(f => (JsonNode)f)]),
                    ["ConnectTimeout"] = DurationText.Format(t.Node.ConnectTimeout),
                    ["LoadBalancer"] = t.Node.LoadBalancer?.Policy ?? "",
                })]),
            },
            Table = TableView.Of(
                ["ROUTE", "DOES", "WEIGHT", "TARGET", "FAILOVER", "BALANCER+", "CONNECT TIMEOUT+"],
                targets.Count == 0
                    ? [[label, Does(route?.Definition, request), "-", "-", "-", "-", "-"]]
                    : targets.Select(t => new[]
                    {
                        label, Does(route?.Definition, request), t.Weight.ToString("0.####", CultureInfo.InvariantCulture), t.Node.Target,
                        t.Node.FailoverTargets.IsEmpty ? "-" : string.Join(',', t.Node.FailoverTargets),
                        t.Node.LoadBalancer?.Policy is { Length: > 0 } policy ? policy : "-", DurationText.Format(t.Node.ConnectTimeout),
                    })),
            Names = [.. targets.Select(t => t.Node.Target)],
        };
    }

    private static EntrySet FromFiles(string folder)
    {
        var entries = new EntrySet();
        foreach (var (_, entry) in EntrySet.ReadFiles([folder]))
        {
            entries.Put(entry);
        }

        return entries;
    }

    private static List<(double Weight, ResolverNode Node)> Targets(DiscoveryChain chain, ChainNode? node) => node switch
    {
        SplitterNode splitter => [.. splitter.Splits.Select(s => (s.Weight, (ResolverNode)chain.Nodes[s.NextNode]))],
        ResolverNode resolver => [(100, resolver)],
        _ => [],
    };

    /// <summary>What happens to the request on its way, in a few words.</summary>
    private static string Does(ServiceRoute? route, ChainHttpRequest request)
    {
        if (route?.Response is { } response)
        {
            return string.Create(CultureInfo.InvariantCulture, $"answers {response.StatusCode}");
        }

        if (route?.Redirect is { } redirect)
        {
            var status = redirect.StatusCode == 0 ? 302 : redirect.StatusCode;
            var path = redirect.Path.Length > 0 ? redirect.Path : redirect.PathPrefix.Length > 0 ? Rewrite(route, redirect.PathPrefix, request.Path) : request.Path;
            return string.Create(CultureInfo.InvariantCulture, $"redirects {status} to {redirect.Host}{path}");
        }

        var words = new List<string>();
        if (route?.Destination is { PrefixRewrite.Length: > 0 } destination)
        {
            words.Add($"path {Rewrite(route, destination.PrefixRewrite, request.Path)}");
        }

        if (route?.Destination is { NumRetries: > 0 } retried)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{retried.NumRetries} retries"));
        }

        if (route?.Destination?.RequestTimeout is { } timeout && timeout > TimeSpan.Zero)
        {
            words.Add($"timeout {DurationText.Format(timeout)}");
        }

        if (route?.Mirror is { } mirror)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"mirrors {mirror.Percent ?? 100}% to {mirror.Service}"));
        }

        if (route?.Fault is not null)
        {
            words.Add("faults");
        }

        return words.Count == 0 ? "forwards" : "forwards, " + string.Join(", ", words);
    }

    private static string Rewrite(ServiceRoute route, string with, string path)
    {
        var match = route.Match?.Http;
        var matched = match?.PathExact is { Length: > 0 } exact ? exact : match?.PathPrefix ?? "";
        var rest = matched.Length <= path.Length ? path[matched.Length..] : "";
        return with.EndsWith('/') && rest.StartsWith('/') ? with + rest[1..] : with + rest;
    }

    private static (string Service, ChainHttpRequest Request) RequestOf(Invocation run)
    {
        var text = run.Required(Url);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https" or "grpc") || url.Host.Length == 0)
        {
            throw new CliException(CliExit.Usage, $"\"{text}\" must be a URL such as http://web/path");
        }

        var service = url.Host.Split('.')[0];
        if (Names.CheckName(service) is { } wrong)
        {
            throw new CliException(CliExit.Usage, $"\"{service}\" is not the name of a service: it {wrong}");
        }

        var query = url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .Select(p => KeyValuePair.Create(Uri.UnescapeDataString(p[0]), p.Length > 1 ? Uri.UnescapeDataString(p[1].Replace('+', ' ')) : ""));
        var headers = (run.Value(Header) ?? []).Select(h => h.Split(':', 2) is [{ Length: > 0 } name, var value]
            ? KeyValuePair.Create(name.Trim(), value.Trim())
            : throw new CliException(CliExit.Usage, $"--header must be NAME:VALUE, not \"{h}\""));
        return (service, new ChainHttpRequest(run.Required(Method).ToUpperInvariant(), url.AbsolutePath, [.. query], [.. headers]));
    }
}
