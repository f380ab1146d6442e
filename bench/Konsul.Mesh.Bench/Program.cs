using System.Runtime.InteropServices;
using Konsul.Mesh.Bench;
using Konsul.Mesh.Bench.Cluster;
using Konsul.Mesh.Bench.Control;
using Konsul.Mesh.Bench.Restore;

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

try
{
    var options = BenchOptions.Read(args, Environment.GetEnvironmentVariable);
    return options.RunRestore
        ? await new RestoreRunner(options, TimeProvider.System, Console.Out).RunAsync(stop.Token)
        : options.RunControl
        ? await new ControlRunner(options, TimeProvider.System, Console.Out).RunAsync(stop.Token)
        : options.RunCluster
        ? await new ClusterRunner(options, TimeProvider.System, Console.Out).RunAsync(stop.Token)
        : await new BenchRunner(options, TimeProvider.System, Console.Out).RunAsync(stop.Token);
}
catch (BenchException e)
{
    await Console.Error.WriteLineAsync($"bench: {e.Message}");
    return e.ExitCode;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("bench: interrupted, everything it started is stopped");
    return 130;
}
