using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Intention;

/// <summary>An intention of the same pair is replaced.</summary>
internal static class IntentionCreateCommand
{
    private static readonly Option<bool> Allow = new("--allow") { Description = "The source may call the destination" };
    private static readonly Option<bool> Deny = new("--deny") { Description = "The source may not call the destination" };
    private static readonly Option<string?> Description = new("--description") { Description = "Why", HelpName = "TEXT" };

    public static Command Create(CliEnvironment environment) =>
        new Command("create", "Allow or deny calls from a service to another")
        {
            IntentionCommands.Source, IntentionCommands.Destination, Allow, Deny, Description,
        }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        if (run.Value(Allow) == run.Value(Deny))
        {
            throw new CliException(CliExit.Usage, "give either --allow or --deny");
        }

        var (source, destination) = (run.Required(IntentionCommands.Source), run.Required(IntentionCommands.Destination));
        var action = run.Value(Allow) ? "allow" : "deny";
        var body = new JsonObject { ["SourceType"] = "consul", ["Action"] = action };
        if (run.Value(Description) is { } description)
        {
            body["Description"] = description;
        }

        await run.Api.PutAsync($"/v1/connect/intentions/exact?{ApiPath.Pair(source, destination)}", body, run.Cancellation);
        return new CommandResult
        {
            Data = new JsonObject { ["SourceName"] = source, ["DestinationName"] = destination, ["Action"] = action },
            Names = [$"{source} {destination}"],
            Message = $"Created: {source} => {destination} ({action}).",
        };
    }
}
