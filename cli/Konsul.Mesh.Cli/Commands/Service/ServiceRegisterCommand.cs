using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Service;

/// <summary><c>service register --name api --address 10.0.0.1 --port 9001 …</c> or <c>service register api 10.0.0.1 9001 …</c></summary>
internal static class ServiceRegisterCommand
{
    private static readonly Argument<string?> NameArgument = new("name")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "Same as --name",
    };

    private static readonly Argument<string?> AddressArgument = new("address")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "Same as --address",
    };

    private static readonly Argument<string?> PortArgument = new("port")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "Same as --port",
    };

    private static readonly Option<string?> Name = new("--name") { Description = "Name of the service", HelpName = "NAME" };

    private static readonly OwnAddress Address = new("Where the instance listens", "HOST");
    private static readonly Option<string?> Port = new("--port") { Description = "Port of the instance", HelpName = "PORT" };
    private static readonly Option<string?> Id = new("--id") { Description = "Id of the instance [default: its name]", HelpName = "ID" };
    private static readonly Option<string?> Tags = new("--tags") { Description = "Tags, comma separated", HelpName = "A,B" };
    private static readonly Option<string?> CheckHttp = new("--check-http")
    {
        Description = "Healthy while this URL answers 2xx",
        HelpName = "URL",
    };

    private static readonly Option<string?> CheckTcp = new("--check-tcp")
    {
        Description = "Healthy while this port takes connections",
        HelpName = "HOST:PORT",
    };

    private static readonly Option<string?> CheckTtl = new("--check-ttl")
    {
        Description = "Healthy while it reports at least this often",
        HelpName = "DURATION",
    };

    private static readonly Option<string> CheckInterval = new("--check-interval")
    {
        Description = "How often --check-http and --check-tcp run",
        HelpName = "DURATION",
        DefaultValueFactory = _ => "10s",
    };

    private static readonly Option<bool> Sidecar = new("--sidecar") { Description = "Register a sidecar proxy with it" };
    private static readonly Option<string[]> Upstream = new("--upstream")
    {
        Description = "A service that its sidecar opens a local port for; implies --sidecar",
        HelpName = "NAME:LOCAL_PORT[:DATACENTER]",
    };

    public static Command Create(CliEnvironment environment)
    {
        var command = new Command("register", "Register an instance of a service")
        {
            NameArgument, AddressArgument, PortArgument,
            Name, Address, Port, Id, Tags, CheckHttp, CheckTcp, CheckTtl, CheckInterval, Sidecar, Upstream,
        };
        return command.Runs(environment, RunAsync);
    }

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var name = run.EitherRequired(Name, NameArgument);
        var id = run.Value(Id) ?? name;
        var body = new JsonObject
        {
            ["ID"] = id,
            ["Name"] = name,
            // Empty means the node's address, as in the API.
            ["Address"] = Address.Of(run, AddressArgument) ?? "",
            ["Port"] = PortOf(run.EitherRequired(Port, PortArgument), "--port"),
            ["Tags"] = new JsonArray([.. Split(run.Value(Tags)).Select(t => JsonValue.Create(t))]),
        };
        if (CheckOf(run) is { } check)
        {
            body["Check"] = check;
        }

        var upstreams = (run.Value(Upstream) ?? []).Select(UpstreamOf).ToArray();
        if (run.Value(Sidecar) || upstreams.Length > 0)
        {
            body["Connect"] = new JsonObject
            {
                ["SidecarService"] = upstreams.Length == 0
                    ? []
                    : new JsonObject { ["Proxy"] = new JsonObject { ["Upstreams"] = new JsonArray(upstreams) } },
            };
        }

        await run.Api.PutAsync("/v1/agent/service/register", body, run.Cancellation);
        return new CommandResult
        {
            Data = new JsonObject { ["ID"] = id, ["Name"] = name },
            Names = [id],
            Message = $"Registered {name} as {id}.",
        };
    }

    private static JsonObject? CheckOf(Invocation run)
    {
        var http = run.Value(CheckHttp);
        var tcp = run.Value(CheckTcp);
        var ttl = run.Value(CheckTtl);
        if (new[] { http, tcp, ttl }.Count(c => c is not null) > 1)
        {
            throw new CliException(CliExit.Usage, "only one of --check-http, --check-tcp and --check-ttl may be given");
        }

        return ttl is not null ? new JsonObject { ["TTL"] = ttl }
            : http is not null ? new JsonObject { ["HTTP"] = http, ["Interval"] = run.Value(CheckInterval) }
            : tcp is not null ? new JsonObject { ["TCP"] = tcp, ["Interval"] = run.Value(CheckInterval) }
            : null;
    }

    private static JsonNode UpstreamOf(string text)
    {
        var parts = text.Split(':');
        if (parts.Length is not (2 or 3) || parts[0].Length == 0 || (parts.Length == 3 && parts[2].Length == 0))
        {
            throw new CliException(CliExit.Usage, $"--upstream must be NAME:LOCAL_PORT[:DATACENTER], not \"{text}\"");
        }

        var upstream = new JsonObject { ["DestinationName"] = parts[0], ["LocalBindPort"] = PortOf(parts[1], "--upstream") };
        if (parts.Length == 3)
        {
            upstream["Datacenter"] = parts[2];
        }

        return upstream;
    }

    private static int PortOf(string text, string option) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? port
            : throw new CliException(CliExit.Usage, $"{option} needs a port from 1 to 65535, not \"{text}\"");

    private static string[] Split(string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}
