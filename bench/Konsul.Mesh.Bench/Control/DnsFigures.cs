using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Bench.Pairs;
using Konsul.Mesh.Bench.Processes;
using Konsul.Mesh.Bench.Report;

namespace Konsul.Mesh.Bench.Control;

/// <summary>Queries per second of DNS on one core: the whole server is pinned to the first core, dnsperf runs on the others.</summary>
internal sealed class DnsFigures(BenchOptions options, KonsulServer server, string folder, TimeProvider time, TextWriter output)
{
    private const int Services = 50;
    private const int InstancesEach = 20;
    private const int Clients = 16;
    private const int Outstanding = 200;
    private const int ChangesPerSecond = 20;
    private readonly List<FigureRow> _figures = [];

    public async Task<IReadOnlyList<FigureRow>> RunAsync(CancellationToken cancel)
    {
        for (var service = 0; service < Services; service++)
        {
            for (var instance = 0; instance < InstancesEach; instance++)
                await RegisterAsync(service, instance, "passing", cancel);
        }

        var pinned = await Tool.RunAsync("taskset", ["-acp", "0", server.Pid.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(10), cancel);
        if (pinned.ExitCode != 0)
            throw new BenchException($"the server could not be pinned to one core: {pinned.Error}");

        var all = Enumerable.Range(0, Services).ToArray();
        string[] addresses = [.. all.Select(s => $"svc-{s}.service.konsul A")];
        string[] targets = [.. all.Select(s => $"svc-{s}.service.konsul SRV")];
        string[] unknown = [.. Enumerable.Range(0, 100_000).Select(n => $"none-{n}.service.konsul A")];
        string[] mixed = [.. addresses, .. targets, .. all.Select(s => $"host-{s}-0.node.konsul A"), .. unknown[..50]];
        await LoadAsync("warm-up", mixed, "udp", options.KonsulWarmup, cancel);

        await FigureAsync("A of 50 services with 20 instances, UDP", addresses, "udp", "30000", cancel);
        await FigureAsync("SRV with addresses of the same, UDP, EDNS 4096", targets, "udp", "30000", cancel, "-e", "-b", "4096");
        await FigureAsync("100,000 names that do not exist, UDP", unknown, "udp", null, cancel);
        await FigureAsync("mixed, UDP", mixed, "udp", "30000", cancel);
        await FigureAsync("mixed, TCP", mixed, "tcp", null, cancel);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var changing = ChangeAsync(enough.Token);
        await FigureAsync($"mixed, UDP, while {ChangesPerSecond} checks change per second", mixed, "udp", "30000", cancel);
        await enough.CancelAsync();
        await changing;
        return _figures;
    }

    private async Task FigureAsync(string name, string[] queries, string mode, string? wanted, CancellationToken cancel, params string[] more)
    {
        var (rates, latencies, costs) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            var load = await LoadAsync($"{name}, round {round + 1}", queries, mode, options.Duration, cancel, more);
            rates.Add(load.Rate);
            latencies.Add(load.AverageMicroseconds);
            costs.Add(load.CpuMicroseconds);
        }

        _figures.Add(new FigureRow($"DNS, one core: {name}", "queries/s", Spread.Of(rates), wanted is null ? null : $">= {wanted}"));
        _figures.Add(new FigureRow("  CPU per query, the kernel's share included", "us", Spread.Of(costs), null));
        _figures.Add(new FigureRow($"  average latency with {Outstanding} outstanding", "us", Spread.Of(latencies), null));
    }

    private async Task<(double Rate, double AverageMicroseconds, double CpuMicroseconds)> LoadAsync(
        string name, string[] queries, string mode, TimeSpan duration, CancellationToken cancel, params string[] more)
    {
        var file = Path.Combine(folder, "queries");
        await File.WriteAllLinesAsync(file, queries, cancel);
        var cores = Environment.ProcessorCount > 1 ? $"1-{Environment.ProcessorCount - 1}" : "0";
        var cpu = ProcStat.CpuMicroseconds(server.Pid);
        var result = await Tool.RunAsync(
            "taskset",
            [
                "-c", cores, "dnsperf", "-s", "127.0.0.1", "-p", Text(server.DnsPort), "-d", file, "-m", mode, "-c", Text(Clients), "-q", Text(Outstanding),
                "-l", Text((int)duration.TotalSeconds), .. more,
            ],
            duration + TimeSpan.FromSeconds(30), cancel);
        cpu = ProcStat.CpuMicroseconds(server.Pid) - cpu;
        if (result.ExitCode != 0)
            throw new BenchException($"dnsperf failed: {result.Output}{result.Error}");
        var (completed, lost) = (Number("Queries completed:"), Number("Queries lost:"));
        if (completed == 0 || lost > completed / 1000)
            throw new BenchException($"{name}: {lost} of {completed + lost} queries were lost");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name}: {Number("Queries per second:"):0} queries/s, {cpu / completed:0.0} us CPU each, {lost:0} lost"));
        return (Number("Queries per second:"), Number("Average Latency (s):") * 1e6, cpu / completed);

        double Number(string label)
        {
            var line = result.Output.Split('\n').FirstOrDefault(l => l.Contains(label, StringComparison.Ordinal))
                ?? throw new BenchException($"dnsperf did not print \"{label}\": {result.Output}{result.Error}");
            return double.Parse(line[(line.IndexOf(label, StringComparison.Ordinal) + label.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
        }
    }

    private async Task ChangeAsync(CancellationToken until)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await RegisterAsync(i % Services, i / Services % InstancesEach, i / 7 % 2 == 0 ? "critical" : "passing", until);
                await Task.Delay(TimeSpan.FromSeconds(1.0 / ChangesPerSecond), time, until);
            }
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // Enough was measured.
        }
    }

    private Task RegisterAsync(int service, int instance, string status, CancellationToken cancel)
    {
        var (node, address) = ($"host-{service}-{instance}", $"10.9.{service}.{instance}");
        return server.PutAsync("catalog/register", new JsonObject
        {
            ["Node"] = node,
            ["Address"] = address,
            ["Service"] = new JsonObject { ["ID"] = $"svc-{service}-{instance}", ["Service"] = $"svc-{service}", ["Address"] = address, ["Port"] = 8000 + instance },
            ["Check"] = new JsonObject { ["CheckID"] = $"c-{service}-{instance}", ["Name"] = "c", ["ServiceID"] = $"svc-{service}-{instance}", ["Status"] = status },
        }, cancel);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
