using System.Net.Http.Json;
using System.Text.Json;
using Konsul.Mesh.TestKit.Network;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>One real etcd member with a data directory of its own; may be killed, paused and started again on the same ports.</summary>
public sealed class EtcdMember : IAsyncDisposable
{
    private const int ClientPort = 2379;
    private const int PeerPort = 2380;
    private readonly TemporaryFolder _data = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private readonly Site _site;
    private readonly string _cluster;
    private readonly string _name;
    private ProgramProcess? _process;

    private EtcdMember(string name, Site site, string cluster) => (_name, _site, _cluster, Endpoint) = (name, site, cluster, $"http://{site.At(ClientPort)}");

    /// <summary>For clients.</summary>
    public string Endpoint { get; }

    public ProgramProcess Process => _process ?? throw new InvalidOperationException($"etcd {_name} was not started.");

    /// <summary>Null where etcd is not installed.</summary>
    public static string? Program => Programs.Find("etcd");

    /// <summary>One member at each site, together one etcd; returns when all serve.</summary>
    public static async Task<EtcdMember[]> StartAsync(params IReadOnlyList<Site> sites)
    {
        var cluster = string.Join(',', sites.Select((s, i) => $"m{i}=http://{s.At(PeerPort)}"));
        EtcdMember[] members = [.. sites.Select((s, i) => new EtcdMember($"m{i}", s, cluster))];
        try
        {
            Array.ForEach(members, m => m.Start());
            foreach (var member in members)
            {
                await member.WaitUntilReadyAsync().ConfigureAwait(false);
            }

            return members;
        }
        catch
        {
            await Task.WhenAll(members.Select(m => m.DisposeAsync().AsTask())).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether it believes to lead the others.</summary>
    public async Task<bool> IsLeaderAsync()
    {
        using var answer = await _http.PostAsJsonAsync($"{Endpoint}/v3/maintenance/status", new { }).ConfigureAwait(false);
        var status = await answer.Content.ReadFromJsonAsync<JsonElement>().ConfigureAwait(false);
        return status.TryGetProperty("leader", out var leader) && leader.GetString() == status.GetProperty("header").GetProperty("member_id").GetString();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        Process.Send(Signal.Kill);
        await Process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>After <see cref="KillAsync"/>, on what is durable; returns when it serves.</summary>
    public async Task StartAgainAsync()
    {
        await Process.DisposeAsync().ConfigureAwait(false);
        Start();
        await WaitUntilReadyAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync().ConfigureAwait(false);
        }

        _data.Dispose();
    }

    private Task WaitUntilReadyAsync() => Process.WaitForLineAsync("serving client traffic");

    private void Start() => _process = _site.Start(
        $"etcd {_name}",
        Program ?? throw new InvalidOperationException("etcd is not installed."),
        [
            "--name", _name, "--data-dir", _data.File("data"), "--logger", "zap",
            "--listen-client-urls", Endpoint, "--advertise-client-urls", Endpoint,
            "--listen-peer-urls", $"http://{_site.At(PeerPort)}", "--initial-advertise-peer-urls", $"http://{_site.At(PeerPort)}",
            "--initial-cluster", _cluster,
        ]);
}
