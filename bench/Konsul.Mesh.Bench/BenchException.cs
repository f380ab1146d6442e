using System.Security.Authentication;
using System.Text.Json;

namespace Konsul.Mesh.Bench;

/// <summary>An end of the run that one sentence explains; exit codes are the project's (64 usage, 69 something needed is missing, 1 failed).</summary>
public sealed class BenchException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>Whether a part of the run that fails like this may be left out while the rest goes on.</summary>
    public static bool IsOfOnePart(Exception e, CancellationToken cancel) =>
        e is BenchException or HttpRequestException or IOException or AuthenticationException or JsonException
        || (e is OperationCanceledException && !cancel.IsCancellationRequested);
}
