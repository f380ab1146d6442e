using System.Globalization;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>
/// What this process was started to ignore, as <c>nohup</c> does with SIGHUP and a shell's <c>&amp;</c> with SIGINT. Programs that it starts ignore it too,
/// so a test that sends such a signal has to be skipped.
/// </summary>
public static class IgnoredSignals
{
    private const string Field = "SigIgn:";

    public static bool Contains(Signal signal)
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Field, StringComparison.Ordinal));
        var mask = ulong.Parse(line[Field.Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return (mask >> ((int)signal - 1) & 1) != 0;
    }
}
