using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Lock;

/// <summary>
/// Leader election for scripts. With a command: runs it while the lock is held, ends it when the lock is lost, and returns its exit code. Without one:
/// prints a line when the lock is held and keeps it until standard input ends or the program is stopped.
/// </summary>
internal static class LockCommand
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly Argument<string> Prefix = new("prefix") { Description = "The lock is the key PREFIX/.lock" };
    private static readonly Argument<string[]> Child = new("command")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "What to run while the lock is held, behind --; KONSUL_LOCK_FENCE tells it the number of its turn",
    };

    private static readonly Option<string?> Ttl = new("--ttl") { Description = "A holder that dies keeps the lock for twice this at most, from 10s [default: 15s]", HelpName = "DURATION" };
    private static readonly Option<string?> LockDelay = new("--lock-delay")
    {
        Description = "How long nobody gets the lock of a holder that died [default: 1s]",
        HelpName = "DURATION",
    };

    private static readonly Option<string?> Value = new("--value") { Description = "What the key says while it is held", HelpName = "TEXT" };

    public static Command Create(CliEnvironment environment) =>
        new Command("lock", "Hold a lock, and run a command while it is held; exit 1 when the lock is lost") { Prefix, Child, Ttl, LockDelay, Value }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var key = $"{run.Required(Prefix).TrimEnd('/')}/.lock";
        var held = new HeldLock(
            run, key, run.Value(Value) ?? "", Settings.DurationOf("--ttl", run.Value(Ttl) ?? "15s"), Settings.DurationOf("--lock-delay", run.Value(LockDelay) ?? "1s"));
        try
        {
            await held.AcquireAsync(run.Cancellation);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(run.Cancellation);
            var (keeping, working) = (held.KeepAsync(end.Token), WorkAsync(run, key, held.Fence, end.Token));
            await Task.WhenAny(keeping, working);
            var lost = keeping.IsCompleted && !working.IsCompleted && !run.Cancellation.IsCancellationRequested;
            await end.CancelAsync();
            await keeping;
            var code = await working;
            return lost ? throw new CliException(CliExit.Failed, $"the lock {key} was lost") : new CommandResult { Code = code };
        }
        finally
        {
            await held.ReleaseAsync();
        }
    }

    private static Task<int> WorkAsync(Invocation run, string key, ulong fence, CancellationToken cancellation) => run.Value(Child) is { Length: > 0 } command
        ? ChildAsync(command, key, fence, cancellation)
        : HoldAsync(run, key, fence, cancellation);

    private static async Task<int> HoldAsync(Invocation run, string key, ulong fence, CancellationToken cancellation)
    {
        Renderer.WriteText(run.Environment.Out, string.Create(CultureInfo.InvariantCulture, $"held {key} {fence}\n"));
        await run.Environment.Out.FlushAsync(cancellation);
        var buffer = new byte[256];
        try
        {
            // What is written means nothing; the end does. A terminal's read cannot be called off, so it is left behind.
            while (await Task.Run(() => run.Environment.In.Read(buffer), CancellationToken.None).WaitAsync(cancellation) > 0)
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Lost, or stopped.
        }

        return CliExit.Ok;
    }

    private static async Task<int> ChildAsync(string[] command, string key, ulong fence, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false };
        start.Environment["KONSUL_LOCK_KEY"] = key;
        start.Environment["KONSUL_LOCK_FENCE"] = fence.ToString(CultureInfo.InvariantCulture);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new CliException(CliExit.Usage, $"cannot run {command[0]}: {e.Message}");
        }

        using (process)
        {
            try
            {
                await process.WaitForExitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                await EndAsync(process);
            }

            return process.ExitCode;
        }
    }

    /// <summary>Asks it to end as an init system does, and does not wait for ever.</summary>
    private static async Task EndAsync(Process process)
    {
        using (var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true }))
        {
            await kill!.WaitForExitAsync(CancellationToken.None);
        }

        using var deadline = new CancellationTokenSource(Grace, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
