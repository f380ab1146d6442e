using Konsul.Mesh.Model;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>Exponential back-off with jitter: half of the step is fixed, half random, so that a fleet does not come back in one wave.</summary>
public static class BackoffPolicy
{
    public static TimeSpan Shortest { get; } = TimeSpan.FromMilliseconds(100);

    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How loud the n-th failure in a row is: the first and then every sixteenth is a warning, so that an outage does not flood the log.</summary>
    public static LogLevel LevelOf(int failures) => failures % 16 == 1 ? LogLevel.Warning : LogLevel.Debug;

    /// <param name="failures">Failures in a row so far, from 1.</param>
    /// <param name="random">Where the jitter comes from.</param>
    public static TimeSpan Delay(int failures, IRandom random)
    {
        const int longestShift = 10;
        var step = Shortest * (1 << Math.Clamp(failures - 1, 0, longestShift));
        return (step < Longest ? step : Longest) * (0.5 + (random.NextDouble() / 2));
    }
}
