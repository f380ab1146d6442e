using System.Diagnostics;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.TestKit;

/// <summary>Waits for a condition of the outside world, with a deadline, and says in the end what the state was.</summary>
public static class Eventually
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Repeats <paramref name="probe"/> until it returns null; a text is the state that was found instead. Exceptions count as a
    /// state, but for <see cref="ProgramEndedException"/>: what has ended will not come.</summary>
    /// <returns>How long it took.</returns>
    /// <exception cref="TimeoutException">The deadline passed; the message holds the last state.</exception>
    public static async Task<TimeSpan> HoldsAsync(string what, Func<Task<string?>> probe, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        var limit = timeout ?? DefaultTimeout;
        var clock = Stopwatch.StartNew();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            string? state;
            try
            {
                state = await probe().ConfigureAwait(false);
            }
            catch (Exception e) when (e is not ProgramEndedException && (e is not OperationCanceledException || !cancellation.IsCancellationRequested))
            {
                state = $"{e.GetType().Name}: {e.Message}";
            }

            if (state is null)
            {
                return clock.Elapsed;
            }

            if (clock.Elapsed > limit)
            {
                throw new TimeoutException($"Not within {limit.TotalSeconds:0.#} s: {what}. Last state: {state}");
            }

            await Task.Delay(Pause, cancellation).ConfigureAwait(false);
        }
    }

    public static Task<TimeSpan> HoldsAsync(string what, Func<Task<bool>> probe, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        HoldsAsync(what, async () => await probe().ConfigureAwait(false) ? null : "false", timeout, cancellation);
}
