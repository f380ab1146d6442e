namespace Konsul.Mesh.TestKit.Processes;

/// <summary>Makes system calls of a running program fail, by strace.</summary>
public static class SyscallFault
{
    /// <summary>From now on the first such call of each thread fails; later ones work again, as after a real error of a disk.</summary>
    /// <param name="target">A running program.</param>
    /// <param name="call">The system call.</param>
    /// <param name="error">Such as EIO.</param>
    /// <returns>The tracer, which ends with the program or when it is disposed; or why it cannot be done here, to skip a test by.</returns>
    public static async Task<(ProgramProcess? Tracer, string? Obstacle)> InjectAsync(ProgramProcess target, string call, string error)
    {
        if (Programs.Find("strace") is not { } strace)
        {
            return (null, "strace is not installed");
        }

        var tracer = ProgramProcess.Start(
            "strace", strace, ["-f", "-o", "/dev/null", "-p", $"{target.Id}", "-e", $"trace={call}", "-e", $"inject={call}:error={error}:when=1"]);
        try
        {
            await tracer.WaitForLineAsync("attached").ConfigureAwait(false);
            return (tracer, null);
        }
        catch (ProgramEndedException e)
        {
            await tracer.DisposeAsync().ConfigureAwait(false);
            return (null, $"strace is not permitted here: {e.Message.ReplaceLineEndings(" ")}");
        }
    }
}
