using System.Runtime.InteropServices;
using Konsul.Mesh.Corpus;

// Runs cases that others have written against this code base:   Konsul.Mesh.Corpus DIR...
// Exit code 0: nothing failed and something was run; 1: a case failed, or there was none; 64: wrong arguments; 130: interrupted.
using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

if (args.Length == 0 || args.Any(a => a.StartsWith('-')))
{
    await Console.Error.WriteLineAsync("usage: Konsul.Mesh.Corpus DIR...");
    return 64;
}

foreach (var missing in args.Where(a => !Directory.Exists(a)))
{
    await Console.Error.WriteLineAsync($"corpus: no such directory: {missing}");
    return 64;
}

try
{
    return new CorpusRunner(CorpusReaders.All, TimeProvider.System, Console.Out).Run(args, stop.Token) ? 0 : 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("corpus: interrupted");
    return 130;
}
