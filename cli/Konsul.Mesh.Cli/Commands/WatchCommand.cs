using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands;

/// <summary>Blocking queries in a loop: prints each new answer, or runs a command with it on standard input.</summary>
internal static class WatchCommand
{
    private static readonly Option<string?> Type = new("--type")
    {
        Description = "key, keyprefix, services, nodes, service, checks or config",
        HelpName = "TYPE",
        Required = true,
    };

    private static readonly Option<string?> Key = new("--key") { Description = "Of type key", HelpName = "KEY" };
    private static readonly Option<string?> Prefix = new("--prefix") { Description = "Of type keyprefix", HelpName = "PREFIX" };
    private static readonly Option<string?> Service = new("--service") { Description = "Of types service and checks", HelpName = "NAME" };
    private static readonly Option<string[]> Tag = new("--tag") { Description = "Of type service: instances with this tag, repeatable", HelpName = "TAG" };
    private static readonly Option<bool> PassingOnly = new("--passing") { Description = "Of type service: passing instances only" };
    private static readonly Option<string?> State = new("--state") { Description = "Of type checks: any, passing, warning, critical", HelpName = "STATE" };
    private static readonly Option<string?> Kind = new("--kind") { Description = "Of type config", HelpName = "KIND" };
    private static readonly Option<bool> Once = new("--once") { Description = "End after the first answer" };
    private static readonly Argument<string[]> Program = new("command") { Arity = ArgumentArity.ZeroOrMore, Description = "Run for each answer; behind --" };

    public static Command Create(CliEnvironment environment) => new Command("watch", "Follow changes; ends with Ctrl-C")
    {
        Type, Key, Prefix, Service, Tag, PassingOnly, State, Kind, Once, Program,
    }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var path = PathOf(run);
        var program = run.Value(Program) ?? [];

        // Each round must end well before --timeout, which starts anew with it.
        var wait = Math.Clamp((long)(run.Settings.Timeout.TotalMilliseconds / 2), 10, 300_000);
        ulong index = 0;
        byte[]? last = null;
        while (true)
        {
            run.Progress();
            var join = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            ApiResponse answer;
            try
            {
                answer = await run.Api.GetAsync(
                    string.Create(CultureInfo.InvariantCulture, $"{path}{join}index={index}&wait={wait}ms"), run.Cancellation);
            }
            catch (CliException e) when (e.Code == CliExit.Unreachable && last is not null)
            {
                // A server that restarts is no reason to stop following.
                Renderer.WriteText(run.Environment.Error, $"konsulctl: {e.Message}; trying again\n");
                await Task.Delay(Math.Min((int)wait, 1000), run.Cancellation);
                continue;
            }

            // An index that goes down means another life of the data: start over.
            index = answer.Index < index ? 0 : answer.Index;
            var body = answer.IsFound ? answer.Body : "null"u8.ToArray();
            if (last is null || !body.AsSpan().SequenceEqual(last))
            {
                last = body;
                var code = program.Length == 0 ? Print(run, body) : await StartAsync(run, program, body, answer.Index);
                if (run.Value(Once))
                {
                    return new CommandResult { Code = code };
                }
            }

            if (answer.Index == 0)
            {
                throw new CliException(CliExit.Failed, "the server's answer has no index; is this the address of konsul-server's HTTP API?");
            }
        }
    }

    private static string PathOf(Invocation run)
    {
        string Need(Option<string?> option) => run.Value(option) is { Length: > 0 } value
            ? value
            : throw new CliException(CliExit.Usage, $"--type {run.Value(Type)} needs {option.Name}");

        return run.Value(Type) switch
        {
            "key" => $"/v1/kv/{ApiPath.Key(Need(Key))}",
            "keyprefix" => $"/v1/kv/{ApiPath.Key(Need(Prefix))}?recurse",
            "services" => "/v1/catalog/services",
            "nodes" => "/v1/catalog/nodes",
            "service" => $"/v1/health/service/{ApiPath.Segment(Need(Service))}{Narrowing(run)}",
            "checks" when run.Value(Service) is { Length: > 0 } service => $"/v1/health/checks/{ApiPath.Segment(service)}",
            "checks" => $"/v1/health/state/{ApiPath.Segment(run.Value(State) ?? "any")}",
            "config" => $"/v1/config/{ApiPath.Segment(Need(Kind))}",
            var other => throw new CliException(
                CliExit.Usage, $"--type must be one of key, keyprefix, services, nodes, service, checks, config, not \"{other}\""),
        };
    }

    private static string Narrowing(Invocation run)
    {
        var parts = (run.Value(Tag) ?? []).Select(t => $"tag={Uri.EscapeDataString(t)}").Concat(run.Value(PassingOnly) ? ["passing"] : []).ToList();
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }

    private static int Print(Invocation run, byte[] body)
    {
        Renderer.WriteText(run.Environment.Out, Encoding.UTF8.GetString(body).TrimEnd() + "\n");
        run.Environment.Out.Flush();
        return CliExit.Ok;
    }

    /// <summary>Runs the command to its end, however long it takes, and passes its exit code on.</summary>
    private static async Task<int> StartAsync(Invocation run, string[] program, byte[] body, ulong index)
    {
        var start = new ProcessStartInfo(program[0], program[1..]) { RedirectStandardInput = true };
        start.Environment["CONSUL_INDEX"] = index.ToString(CultureInfo.InvariantCulture);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CliException(CliExit.Failed, $"cannot run {program[0]}: {e.Message}");
        }

        using (process)
        {
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(body, CancellationToken.None);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It does not read.
            }

            // The command's time is its own: --timeout is for the server's answers.
            var exit = process.WaitForExitAsync(CancellationToken.None);
            while (await Task.WhenAny(exit, Task.Delay(run.Settings.Timeout / 4, CancellationToken.None)) != exit)
            {
                run.Progress();
            }

            return process.ExitCode;
        }
    }
}
