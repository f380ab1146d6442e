using System.Net;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Cluster;

/// <summary>The HTTP API of one server of a cluster.</summary>
internal sealed class Api(ClusterProcesses cluster, int server) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = cluster.HttpAddress(server), Timeout = TimeSpan.FromSeconds(10) };

    public HttpClient Http => _http;

    public Task<(HttpStatusCode Status, string Text)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<(HttpStatusCode Status, string Text)> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, body);

    public async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        using var answer = await _http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>As a client does that tries again while nobody leads.</summary>
    public Task<TimeSpan> EventuallyPutsAsync(string key, string value) => Eventually.HoldsAsync($"{key} is written at server {server}", async () =>
    {
        var answer = await PutAsync("/v1/kv/" + key, value);
        return answer == (HttpStatusCode.OK, "true") ? null : answer.ToString();
    });

    public async Task MustPutAsync(string key, string value) => Assert.Equal((HttpStatusCode.OK, "true"), await PutAsync("/v1/kv/" + key, value));

    public async Task AssertHoldsAsync(string key, string value, string query = "?raw") =>
        Assert.Equal((HttpStatusCode.OK, value), await GetAsync($"/v1/kv/{key}{query}"));

    /// <summary>The members as this server has them.</summary>
    public async Task<(string Id, string Address, bool Voter)[]> MembersAsync()
    {
        var (_, text) = await GetAsync("/v1/operator/raft/configuration?stale");
        using var configuration = JsonDocument.Parse(text);
        return
        [
            .. configuration.RootElement.GetProperty("Servers").EnumerateArray()
                .Select(s => (s.GetProperty("ID").GetString()!, s.GetProperty("Address").GetString()!, s.GetProperty("Voter").GetBoolean())),
        ];
    }

    public void Dispose() => _http.Dispose();
}
