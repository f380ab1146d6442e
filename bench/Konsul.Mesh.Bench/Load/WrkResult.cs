using System.Globalization;
using System.Text.RegularExpressions;

namespace Konsul.Mesh.Bench.Load;

/// <summary>What <c>wrk --latency</c> reported; times in microseconds.</summary>
internal sealed partial record WrkResult(long Requests, double RequestsPerSecond, double P50, double P99)
{
    /// <summary>Reads wrk's report. Any error that wrk counted is a failure: a pair that drops requests has no place in a table.</summary>
    public static WrkResult Parse(string report)
    {
        if (report.Contains("Socket errors:", StringComparison.Ordinal) || report.Contains("Non-2xx", StringComparison.Ordinal))
        {
            throw new BenchException($"requests failed under load: {report}");
        }

        return new WrkResult(
            long.Parse(Find(TotalLine(), report), CultureInfo.InvariantCulture),
            double.Parse(Find(RateLine(), report), CultureInfo.InvariantCulture),
            Percentile(report, "50%"),
            Percentile(report, "99%"));
    }

    // The distribution's lines begin with the percentage; the "Thread Stats" lines, which hold percentages too, do not.
    private static double Percentile(string report, string which)
    {
        var match = PercentileLine().Matches(report).FirstOrDefault(m => m.Groups["which"].Value == which)
            ?? throw new BenchException($"wrk reported no {which}: {report}");
        var value = double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch { "us" => value, "ms" => value * 1e3, _ => value * 1e6 };
    }

    private static string Find(Regex line, string report) =>
        line.Match(report) is { Success: true } match ? match.Groups[1].Value : throw new BenchException($"wrk's report is not understood: {report}");

    [GeneratedRegex(@"^\s*(\d+) requests in ", RegexOptions.Multiline)]
    private static partial Regex TotalLine();

    [GeneratedRegex(@"^Requests/sec:\s+([\d.]+)", RegexOptions.Multiline)]
    private static partial Regex RateLine();

    [GeneratedRegex(@"^\s+(?<which>\d+%)\s+(?<value>[\d.]+)(?<unit>us|ms|s)\s*$", RegexOptions.Multiline)]
    private static partial Regex PercentileLine();
}
