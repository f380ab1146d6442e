using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Ca;

internal static class CaRotateCommand
{
    private const string Path = "/v1/connect/ca/rotation";

    private static readonly Option<bool> Abort = new("--abort") { Description = "Call off a rotation whose root does not sign yet" };

    private static readonly Option<bool> Force = new("--force-without-cross-signing")
    {
        Description = "Go on if the present root cannot vouch for the next one: who has not taken it when it begins to sign is cut off",
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("rotate", "Replace the root that signs by a new one") { Abort, Force }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var (abort, force) = (run.Value(Abort), run.Value(Force));
        if (abort && force)
        {
            throw new CliException(CliExit.Usage, "--abort and --force-without-cross-signing exclude each other");
        }

        var response = abort
            ? await run.Api.DeleteAsync(Path, run.Cancellation)
            : await run.Api.PutAsync(Path, new JsonObject { ["ForceWithoutCrossSigning"] = force }, run.Cancellation);
        var answer = response.Object();
        var id = answer.Text("RootID");
        return new CommandResult
        {
            Data = answer,
            Names = [id],
            Message = abort
                ? $"Called off: root {id} never signed anything."
                : $"Root {id} is published; it signs when all servers and connected proxies trust it. Watch it with: konsulctl ca status",
        };
    }
}
