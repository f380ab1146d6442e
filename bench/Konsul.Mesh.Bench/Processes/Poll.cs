namespace Konsul.Mesh.Bench.Processes;

/// <summary>Waits for a condition with a deadline; the message says what was seen last.</summary>
internal static class Poll
{
    public static async Task UntilAsync(
        string what, Func<CancellationToken, Task<string?>> problem, TimeSpan deadline, TimeProvider time, CancellationToken cancel, TimeSpan? every = null)
    {
        var started = time.GetTimestamp();
        string? last;
        while ((last = await SeeAsync(problem, cancel)) is not null)
        {
            if (time.GetElapsedTime(started) > deadline)
            {
                throw new BenchException($"{what}: not within {deadline.TotalSeconds:0.#} s; last seen: {last}");
            }

            await Task.Delay(every ?? TimeSpan.FromMilliseconds(20), time, cancel);
        }
    }

    private static async Task<string?> SeeAsync(Func<CancellationToken, Task<string?>> problem, CancellationToken cancel)
    {
        try
        {
            return await problem(cancel);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return e.Message;
        }
    }
}
