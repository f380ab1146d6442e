using System.Globalization;
using System.Text.Json;
using Konsul.Mesh.Server.Shapes;

namespace Konsul.Mesh.Server.Endpoints;

/// <summary>The machine, as <c>/v1/agent/host</c> shows it; read from /proc, and empty where that is not there.</summary>
internal sealed class HostReport
{
    private readonly Dictionary<string, long> _memory = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private readonly TimeProvider _time;
    private double _uptime;

    private HostReport(TimeProvider time) => _time = time;

    public static HostReport Read(TimeProvider time)
    {
        var report = new HostReport(time);
        try
        {
            foreach (var line in File.ReadLines("/proc/meminfo"))
            {
                var parts = line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries);
                if (parts.Length >= 2 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes))
                    report._memory[parts[0]] = kibibytes * 1024;
            }

            report._uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            report._errors.Add(e.Message);
        }

        return report;
    }

    public void Write(Utf8JsonWriter w)
    {
        var (total, available) = (_memory.GetValueOrDefault("MemTotal"), _memory.GetValueOrDefault("MemAvailable"));
        w.WriteStartObject();
        w.WriteStartObject("Memory");
        w.WriteNumber("total", total);
        w.WriteNumber("available", available);
        w.WriteNumber("used", total - available);
        w.WriteNumber("usedPercent", total > 0 ? 100.0 * (total - available) / total : 0);
        w.WriteNumber("free", _memory.GetValueOrDefault("MemFree"));
        w.WriteEndObject();
        w.WriteStartArray("CPU");
        for (var i = 0; i < Environment.ProcessorCount; i++)
        {
            w.WriteStartObject();
            w.WriteNumber("cpu", i);
            w.WriteNumber("cores", 1);
            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteStartObject("Host");
        w.WriteString("hostname", Environment.MachineName);
        w.WriteNumber("uptime", (long)_uptime);
        w.WriteString("os", "linux");
        w.WriteString("kernelVersion", Environment.OSVersion.Version.ToString());
        w.WriteEndObject();
        WriteDisk(w);
        w.WriteNumber("CollectionTime", (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);
        w.WritePropertyName("Errors");
        w.WriteList(_errors, static (writer, error) => writer.WriteStringValue(error));
        w.WriteEndObject();
    }

    private static void WriteDisk(Utf8JsonWriter w)
    {
        var disk = new DriveInfo("/");
        w.WriteStartObject("Disk");
        w.WriteString("path", disk.Name);
        w.WriteString("fstype", disk.DriveFormat);
        w.WriteNumber("total", disk.TotalSize);
        w.WriteNumber("free", disk.AvailableFreeSpace);
        w.WriteNumber("used", disk.TotalSize - disk.TotalFreeSpace);
        w.WriteEndObject();
    }
}
