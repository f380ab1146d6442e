using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Query;

internal static class QueryCommands
{
    private static readonly Argument<string> Query = new("query") { Description = "Id or name" };
    private static readonly Argument<string> Id = new("id") { Description = "Id of the query" };
    private static readonly Argument<string> FileName = new("file") { Description = "JSON of a prepared query; - reads standard input" };
    private static readonly Option<string?> Limit = new("--limit") { Description = "At most so many instances", HelpName = "N" };

    public static Command Create(CliEnvironment environment) => new("query", "Prepared queries")
    {
        new Command("list", "List them").Runs(environment, ListAsync),
        new Command("create", "Store one, print its id") { FileName }.Runs(environment, CreateAsync),
        new Command("delete", "Remove one") { Id }.Runs(environment, DeleteAsync),
        new Command("execute", "Ask one for its instances; exit 1 when there are none") { Query, Limit }.Runs(environment, ExecuteAsync),
        new Command("explain", "Show one with its template filled for the name") { Query }.Runs(environment, ExplainAsync),
    };

    private static async Task<CommandResult> ListAsync(Invocation run)
    {
        var all = (await run.Api.GetAsync("/v1/query", run.Cancellation)).Array();
        return new CommandResult
        {
            Data = all,
            Table = TableView.Of(
                ["ID", "NAME", "SERVICE", "TEMPLATE"],
                all.Select(q => new[] { q.Text("ID"), q.Text("Name"), q.Member("Service").Text("Service"), q.Member("Template").Text("Type") })),
            Names = [.. all.Select(q => q.Text("ID"))],
        };
    }

    private static async Task<CommandResult> CreateAsync(Invocation run)
    {
        var file = run.Required(FileName);
        byte[] body;
        try
        {
            using var copy = new MemoryStream();
            await using var stream = file == "-" ? run.Environment.In : File.OpenRead(file);
            await stream.CopyToAsync(copy, run.Cancellation);
            body = copy.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliExit.BadFile, $"cannot read {file}: {e.Message}");
        }

        var answer = (await run.Api.PostAsync("/v1/query", body, run.Cancellation)).Object();
        return new CommandResult { Data = answer, Raw = System.Text.Encoding.UTF8.GetBytes(answer.Text("ID") + "\n"), Names = [answer.Text("ID")] };
    }

    private static async Task<CommandResult> DeleteAsync(Invocation run)
    {
        var id = run.Required(Id);
        await run.Api.DeleteAsync($"/v1/query/{ApiPath.Segment(id)}", run.Cancellation);
        return new CommandResult { Message = $"Deleted {id}." };
    }

    private static async Task<CommandResult> ExecuteAsync(Invocation run)
    {
        var name = run.Required(Query);
        var limit = run.Number(Limit) is { } n ? string.Create(CultureInfo.InvariantCulture, $"?limit={n}") : "";
        var answer = Found(await run.Api.GetAsync($"/v1/query/{ApiPath.Segment(name)}/execute{limit}", run.Cancellation), name);
        var nodes = answer.Items("Nodes").ToList();
        return new CommandResult
        {
            Code = nodes.Count > 0 ? CliExit.Ok : CliExit.Failed,
            Data = answer,
            Table = TableView.Of(["NODE", "ID", "ADDRESS", "PORT"], nodes.Select(i => new[]
            {
                i.Member("Node").Text("Node"), i.Member("Service").Text("ID"),
                i.Member("Service").Text("Address") is { Length: > 0 } own ? own : i.Member("Node").Text("Address"), i.Member("Service").Text("Port"),
            })),
            Names = [.. nodes.Select(i => i.Member("Service").Text("ID"))],
        };
    }

    private static async Task<CommandResult> ExplainAsync(Invocation run)
    {
        var name = run.Required(Query);
        var answer = Found(await run.Api.GetAsync($"/v1/query/{ApiPath.Segment(name)}/explain", run.Cancellation), name);
        using var yaml = new MemoryStream();
        YamlText.Write(answer.Member("Query") ?? answer, yaml);
        return new CommandResult { Data = answer, Raw = yaml.ToArray(), Names = [answer.Member("Query").Text("ID")] };
    }

    private static JsonObject Found(ApiResponse answer, string name) =>
        answer.IsFound ? answer.Object() : throw new CliException(CliExit.Failed, $"no query answers for \"{name}\"");
}
