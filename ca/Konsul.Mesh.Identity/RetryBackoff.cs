using Konsul.Mesh.Model;

namespace Konsul.Mesh.Identity;

/// <summary>How long to wait after a failed attempt: doubling from 1 s to 60 s, of that a random part between half and all, so that a fleet does
/// not return as one. Never more than a quarter of what the leaf has left, so that a short-lived leaf gets several chances.</summary>
internal static class RetryBackoff
{
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(100);
    private const int DoublingsToLongest = 6;

    /// <param name="failures">Failures in a row, at least 1.</param>
    /// <param name="remaining">What the present leaf has left; null or past: nothing to save.</param>
    /// <param name="random">Draws the jitter.</param>
    public static TimeSpan After(int failures, TimeSpan? remaining, IRandom random)
    {
        var ceiling = Shortest * (1 << Math.Min(failures - 1, DoublingsToLongest));
        var delay = (ceiling < Longest ? ceiling : Longest) * (0.5 + (0.5 * random.NextDouble()));
        if (remaining > TimeSpan.Zero && remaining / 4 < delay)
        {
            delay = remaining.Value / 4;
        }

        return delay > Floor ? delay : Floor;
    }
}
