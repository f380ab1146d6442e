using System.Diagnostics;

namespace Konsul.Mesh.Bench.Processes;

internal sealed record ToolResult(int ExitCode, string Output, string Error);

/// <summary>Runs a command to its end, or kills it at the deadline or on cancellation.</summary>
internal static class Tool
{
    public static async Task<ToolResult> RunAsync(
        string file, IEnumerable<string> arguments, TimeSpan deadline, CancellationToken cancel, string? input = null)
    {
        using var limit = new CancellationTokenSource(deadline);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        using var process = Start(file, arguments);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
            await SendAsync(process, input);
            var ended = true;
            try
            {
                await process.WaitForExitAsync(both.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                ended = false;
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }

            return new ToolResult(ended ? process.ExitCode : -1, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(string file, IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(file, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        RedirectStandardInput = true,
    }) ?? throw new BenchException($"{file} did not start");

    private static async Task SendAsync(Process process, string? input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input ?? "");
            await process.StandardInput.FlushAsync();
            if (input is null)
            {
                process.StandardInput.Close();
            }
        }
        catch (IOException)
        {
            // it ended without reading; its exit code and output say why
        }
    }
}
