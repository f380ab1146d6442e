using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Session;

internal static class SessionCreateCommand
{
    private static readonly Option<string?> SessionName = new("--name") { Description = "A name for people", HelpName = "NAME" };
    private static readonly Option<string?> Node = new("--node") { Description = "Node it belongs to [default: that of the server]", HelpName = "NODE" };
    private static readonly Option<string?> Ttl = new("--ttl") { Description = "Ends when not renewed in time, 10s to 24h [default: never]", HelpName = "DURATION" };
    private static readonly Option<string?> LockDelay = new("--lock-delay")
    {
        Description = "How long its locks cannot be taken by others after its end [default: 15s]",
        HelpName = "DURATION",
    };

    private static readonly Option<string?> Behavior = new("--behavior") { Description = "What happens to its keys at its end: release or delete [default: release]", HelpName = "WHAT" };
    private static readonly Option<string[]> Checks = new("--check")
    {
        Description = "Ends when this check of the node is critical; may be given again [default: serfHealth]",
        HelpName = "ID",
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("create", "Create a session and print its id") { SessionName, Node, Ttl, LockDelay, Behavior, Checks }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var body = new JsonObject();
        foreach (var (field, value) in new[]
        {
            ("Name", run.Value(SessionName)), ("Node", run.Value(Node)), ("TTL", run.Value(Ttl)), ("LockDelay", run.Value(LockDelay)), ("Behavior", run.Value(Behavior)),
        })
        {
            if (value is not null)
            {
                body[field] = value;
            }
        }

        if (run.Value(Checks) is { Length: > 0 } checks)
        {
            body["NodeChecks"] = new JsonArray([.. checks.Select(c => JsonValue.Create(c))]);
        }

        var answer = (await run.Api.PutAsync("/v1/session/create", body, run.Cancellation)).Object();
        var id = answer.Text("ID");
        return new CommandResult { Data = answer, Raw = System.Text.Encoding.UTF8.GetBytes(id + "\n"), Names = [id] };
    }
}
