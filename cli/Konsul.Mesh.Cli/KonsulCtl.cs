using System.CommandLine;
using System.CommandLine.Help;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Commands;
using Konsul.Mesh.Cli.Commands.Ca;
using Konsul.Mesh.Cli.Commands.Config;
using Konsul.Mesh.Cli.Commands.Intention;
using Konsul.Mesh.Cli.Commands.Kv;
using Konsul.Mesh.Cli.Commands.Lock;
using Konsul.Mesh.Cli.Commands.Proxy;
using Konsul.Mesh.Cli.Commands.Query;
using Konsul.Mesh.Cli.Commands.Raft;
using Konsul.Mesh.Cli.Commands.Route;
using Konsul.Mesh.Cli.Commands.Service;
using Konsul.Mesh.Cli.Commands.Session;
using Konsul.Mesh.Cli.Commands.Snapshot;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli;

/// <summary>konsulctl: parse, run one verb, render its result, return its code.</summary>
internal static class KonsulCtl
{
    public static async Task<int> RunAsync(string[] arguments, CliEnvironment environment)
    {
        // "@name" is a value like any other, not a file of further arguments.
        var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var parse = Root(environment).Parse(arguments is ["--version"] ? ["version"] : arguments, configuration);
        using var output = new StreamWriter(environment.Out, leaveOpen: true) { NewLine = "\n" };
        using var error = new StreamWriter(environment.Error, leaveOpen: true) { NewLine = "\n" };
        if (parse.Errors.Count > 0 && parse.Action is not HelpAction)
        {
            var what = parse.UnmatchedTokens.Count > 0
                ? $"unknown command, option or argument \"{parse.UnmatchedTokens[0]}\""
                : parse.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.');
            await error.WriteLineAsync($"konsulctl: {what}; see {PathOf(parse.CommandResult.Command)} --help");
            return CliExit.Usage;
        }

        return await parse.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
        });
    }

    /// <summary>Gives a command its work. The code is computed before anything is rendered.</summary>
    public static Command Runs(this Command command, CliEnvironment environment, Func<Invocation, Task<CommandResult>> work)
    {
        command.SetAction(async (parse, cancellation) =>
        {
            try
            {
                return await RunAsync(parse, environment, work, cancellation);
            }
            catch (CliException e)
            {
                Renderer.WriteText(environment.Error, $"konsulctl: {e.Message}\n");
                return e.Code;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return CliExit.Interrupted;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Renderer.WriteText(environment.Error, $"konsulctl: internal error: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}\n");
                return CliExit.Internal;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parse, CliEnvironment environment, Func<Invocation, Task<CommandResult>> work, CancellationToken cancellation)
    {
        var settings = Settings.From(parse, environment);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        void Progress() => deadline.CancelAfter(settings.Timeout);
        Progress();
        using var api = new ApiClient(settings.Address, settings, environment);
        CommandResult result;
        try
        {
            result = await work(new Invocation(parse, settings, environment, api, Progress, deadline.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliException(
                CliExit.Timeout, $"no answer from {settings.Address.GetLeftPart(UriPartial.Authority)} within {settings.Timeout.TotalSeconds:0.###} s");
        }

        Renderer.Write(result, settings, environment);
        if (result.Message is { } message && (!settings.Quiet || result.Code != CliExit.Ok))
        {
            Renderer.WriteText(environment.Error, message + "\n");
        }

        return result.Code;
    }

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : command.Name;

    // Not a RootCommand: that one is called whatever the executable is called.
    private static Command Root(CliEnvironment environment)
    {
        var root = new Command("konsulctl", "Looks into and changes a Konsul mesh.")
        {
            new HelpOption(),
            ServiceCommands.Create(environment),
            IntentionCommands.Create(environment),
            KvCommands.Create(environment),
            SessionCommands.Create(environment),
            LockCommand.Create(environment),
            ProxyCommands.Create(environment),
            CaCommands.Create(environment),
            RaftCommands.Create(environment),
            LeaveCommand.Create(environment),
            SnapshotCommands.Create(environment),
            ConfigCommands.Create(environment),
            ValidateCommand.Create(environment),
            RouteCommands.Create(environment),
            QueryCommands.Create(environment),
            WatchCommand.Create(environment),
            VersionCommand.Create(environment),
        };
        foreach (var option in GlobalOptions.All)
        {
            root.Options.Add(option);
        }

        return root;
    }
}
