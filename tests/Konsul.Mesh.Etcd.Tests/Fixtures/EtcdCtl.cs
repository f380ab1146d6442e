using System.Globalization;
using System.Text.Json;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Etcd.Tests.Fixtures;

/// <summary>etcd's own client, for what an operator does.</summary>
internal static class EtcdCtl
{
    public const string Program = "/usr/bin/etcdctl";
    private static readonly Dictionary<string, string> Environment = new() { ["ETCDCTL_API"] = "3" };

    public static async Task<string> RunAsync(EtcdProcess etcd, params string[] arguments)
    {
        await using var run = ProgramProcess.Start("etcdctl", Program, ["--endpoints", etcd.Address.ToString().TrimEnd('/'), .. arguments], Environment);
        var code = await run.WaitForExitAsync();
        Assert.True(code == 0, $"etcdctl {string.Join(' ', arguments)}: {code}, {run.Output}");
        return run.Output;
    }

    /// <summary>Keys under the prefix, in order.</summary>
    public static async Task<string[]> KeysAsync(EtcdProcess etcd, string prefix) =>
        (await RunAsync(etcd, "get", prefix, "--prefix", "--keys-only")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>All history up to now.</summary>
    public static async Task CompactAsync(EtcdProcess etcd)
    {
        var status = await RunAsync(etcd, "endpoint", "status", "-w", "json");
        var revision = JsonDocument.Parse(status[status.IndexOf('[', StringComparison.Ordinal)..])
            .RootElement[0].GetProperty("Status").GetProperty("header").GetProperty("revision").GetInt64();
        await RunAsync(etcd, "compact", "--physical", revision.ToString(CultureInfo.InvariantCulture));
    }
}
