using System.Globalization;
using System.Text.Json;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Clients;

/// <summary>A real Patroni with its PostgreSQL, which keeps who is primary in one of our servers. Runs as postgres where the test is root.</summary>
internal sealed class PatroniNode : IAsyncDisposable
{
    private const string Patroni = "/usr/bin/patroni";
    private readonly ProgramProcess _process;
    private readonly HttpClient _api;
    private readonly int _port;
    private readonly string _data;

    private PatroniNode(ProgramProcess process, int apiPort, int port, string data)
    {
        (_process, _port, _data) = (process, port, data);
        _api = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{apiPort}"), Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <summary>Null where it is not installed.</summary>
    public static string? Binaries { get; } = !File.Exists(Patroni) || !Directory.Exists("/usr/lib/postgresql") ? null
        : Directory.EnumerateDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb"))).Max();

    public string Log => _process.Output;

    /// <param name="folder">Of all nodes.</param>
    /// <param name="name">Of this one.</param>
    /// <param name="store">The server that it keeps to.</param>
    public static async Task<PatroniNode> StartAsync(TemporaryFolder folder, string name, Uri store)
    {
        var (api, port, home) = (FreePorts.Next(), FreePorts.Next(), folder.File(name));
        Directory.CreateDirectory(home);
        var configuration = Path.Combine(home, "patroni.yml");
        await File.WriteAllTextAsync(configuration, $$"""
            scope: demo
            name: {{name}}
            restapi: { listen: 127.0.0.1:{{api}}, connect_address: 127.0.0.1:{{api}} }
            consul: { host: "{{store.Host}}:{{store.Port}}", register_service: true }
            bootstrap:
              dcs:
                ttl: 20
                loop_wait: 2
                retry_timeout: 6
                postgresql: { use_pg_rewind: false, parameters: { fsync: 'off', shared_buffers: 16MB, max_connections: 20 } }
              initdb: [{ encoding: UTF8 }, { locale: C }, data-checksums]
              pg_hba: [host replication all 127.0.0.1/32 trust, host all all 127.0.0.1/32 trust]
            postgresql:
              listen: 127.0.0.1:{{port}}
              connect_address: 127.0.0.1:{{port}}
              data_dir: {{home}}/data
              bin_dir: {{Binaries}}
              pgpass: {{home}}/pgpass
              authentication: { superuser: { username: postgres, password: x }, replication: { username: rep, password: x } }
              parameters: { unix_socket_directories: {{home}} }
            """);
        var environment = new Dictionary<string, string> { ["HOME"] = home, ["PATH"] = $"{Binaries}:/usr/bin:/bin:/usr/sbin" };
        if (!Environment.IsPrivilegedProcess)
        {
            return new PatroniNode(ProgramProcess.Start(name, Patroni, [configuration], environment), api, port, Path.Combine(home, "data"));
        }

        // initdb refuses root.
        await using (var chown = ProgramProcess.Start("chown", "/bin/chown", ["-R", "postgres:", folder.Path]))
        {
            Assert.True(await chown.WaitForExitAsync() == 0, chown.Output);
        }

        var process = ProgramProcess.Start(
            name, "/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "/usr/bin/python3", Patroni, configuration], environment);
        return new PatroniNode(process, api, port, Path.Combine(home, "data"));
    }

    /// <summary>Its role and timeline in its own words; <c>down</c> while it does not answer.</summary>
    public async Task<(string Role, int Timeline)> StateAsync()
    {
        _process.ThrowIfEnded();
        try
        {
            using var answer = await _api.GetAsync("/patroni");
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            var state = json.RootElement;
            return state.GetProperty("state").GetString() == "running"
                ? (state.GetProperty("role").GetString()!, state.GetProperty("timeline").GetInt32())
                : (state.GetProperty("state").GetString()!, 0);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or KeyNotFoundException)
        {
            return ("down", 0);
        }
    }

    public Task<TimeSpan> UntilAsync(string role, TimeSpan timeout) => Eventually.HoldsAsync(
        $"{_process.Name} is {role}",
        async () => await StateAsync() is var state && state.Role == role ? null : $"it is {state}; its log:\n{string.Join('\n', _process.Lines.TakeLast(15))}",
        timeout);

    /// <summary>Runs SQL and returns what it prints.</summary>
    public async Task<string> QueryAsync(string sql)
    {
        await using var psql = ProgramProcess.Start(
            "psql", Path.Combine(Binaries!, "psql"), ["-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-tAqc", sql]);
        var code = await psql.WaitForExitAsync();
        return code == 0 ? psql.Output.Trim() : throw new InvalidOperationException(psql.Output);
    }

    /// <summary>As a machine that loses its power: Patroni and the database at once.</summary>
    public async Task CrashAsync()
    {
        _process.Send(Signal.Kill);
        await KillDatabaseAsync();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // It stops its database before it ends.
        await _process.DisposeAsync();
        await KillDatabaseAsync();
        _api.Dispose();
    }

    private async Task KillDatabaseAsync()
    {
        var file = Path.Combine(_data, "postmaster.pid");
        if (File.Exists(file) && (await File.ReadAllLinesAsync(file)) is [var pid, ..])
        {
            await using var kill = ProgramProcess.Start("kill", "/bin/sh", ["-c", $"kill -9 {pid}"]);
            await kill.WaitForExitAsync();
        }
    }
}
