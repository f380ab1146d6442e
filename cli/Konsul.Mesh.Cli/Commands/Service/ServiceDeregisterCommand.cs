using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Service;

/// <summary>By id: that instance. By name: the only instance, or all of them with <c>--all</c>; never some of several by
/// accident.</summary>
internal static class ServiceDeregisterCommand
{
    private static readonly Argument<string?> IdArgument = new("id") { Arity = ArgumentArity.ZeroOrOne, Description = "Same as --id" };
    private static readonly Option<string?> Id = new("--id") { Description = "Id of the instance", HelpName = "ID" };
    private static readonly Option<string?> Name = new("--name") { Description = "Name of the service", HelpName = "NAME" };
    private static readonly Option<bool> All = new("--all") { Description = "With --name: every instance" };

    public static Command Create(CliEnvironment environment) =>
        new Command("deregister", "Remove an instance of a service") { IdArgument, Id, Name, All }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var id = run.Either(Id, IdArgument);
        var name = run.Value(Name);
        if (id is null == name is null)
        {
            throw new CliException(CliExit.Usage, "give either --id or --name");
        }

        string[] ids = id is not null ? [id] : await InstancesAsync(run, name!);
        foreach (var one in ids)
        {
            var answer = await run.Api.PutAsync($"/v1/agent/service/deregister/{ApiPath.Segment(one)}", Array.Empty<byte>(), run.Cancellation);
            if (!answer.IsFound)
            {
                throw new CliException(CliExit.Failed, $"there is no instance with the id {one}");
            }
        }

        return new CommandResult
        {
            Data = new JsonArray([.. ids.Select(i => JsonValue.Create(i))]),
            Names = ids,
            Message = $"Deregistered {string.Join(", ", ids)}.",
        };
    }

    private static async Task<string[]> InstancesAsync(Invocation run, string name)
    {
        var services = (await run.Api.GetAsync("/v1/agent/services", run.Cancellation)).Object();
        var ids = services.Where(s => s.Value.Text("Service") == name).Select(s => s.Key).Order(StringComparer.Ordinal).ToArray();
        return ids.Length switch
        {
            0 => throw new CliException(CliExit.Failed, $"there is no instance of {name}"),
            > 1 when !run.Value(All) => throw new CliException(
                CliExit.Usage, $"{name} has {ids.Length} instances ({string.Join(", ", ids)}): give --id, or --all to remove them all"),
            _ => ids,
        };
    }
}
