using System.Diagnostics;
using Konsul.Mesh.Telemetry.Metrics;
using Konsul.Mesh.Telemetry.Prometheus;

namespace Konsul.Mesh.Telemetry.Runtime;

/// <summary><c>konsul_build_info</c> and the <c>process_*</c> names that every Prometheus client library exposes.</summary>
internal sealed class ProcessMetrics
{
    private static readonly MetricDescriptor Cpu = new(
        "process.cpu", "s", "User and system CPU time of the process.", MetricKind.Counter, []);

    private static readonly MetricDescriptor Resident = new(
        "process.resident.memory", "By", "Resident memory of the process.", MetricKind.Gauge, []);

    private static readonly MetricDescriptor Start = new(
        "process.start.time", "s", "When the process started, in seconds since 1970.", MetricKind.Gauge, []);

    private static readonly MetricDescriptor Threads = new(
        "process.threads", "{thread}", "Operating system threads of the process.", MetricKind.Gauge, []);

    private static readonly MetricDescriptor Files = new(
        "process.open.fds", "{file}", "Open file descriptors of the process.", MetricKind.Gauge, []);

    private readonly double _startSeconds;

    public ProcessMetrics(MetricRegistry registry)
    {
        registry.Gauge("konsul.build.info", "", "Always 1; the label tells the version.", "version").With(registry.Options.Version).Set(1);
        using var process = Process.GetCurrentProcess();
        _startSeconds = (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }

    public void WriteTo(IExposition writer)
    {
        using var process = Process.GetCurrentProcess();
        writer.Counter(Cpu, [], process.TotalProcessorTime.TotalSeconds);
        if (Directory.Exists("/proc/self/fd"))
        {
            writer.Gauge(Files, [], Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        }

        writer.Gauge(Resident, [], process.WorkingSet64);
        writer.Gauge(Start, [], _startSeconds);
        writer.Gauge(Threads, [], process.Threads.Count);
    }
}
