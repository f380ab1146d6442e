using System.Globalization;

namespace Konsul.Mesh.Bench.Report;

/// <summary>What a run was made on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1].Trim() ?? "unknown CPU";
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} x {model}, Linux {Environment.OSVersion.Version}, .NET {Environment.Version}");
    }
}
