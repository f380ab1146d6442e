using System.Globalization;
using System.Text;
using Konsul.Mesh.Bench.Pairs;

namespace Konsul.Mesh.Bench.Control;

/// <summary>Registers instances of services, each on a node of its own and with a check, and changes them.</summary>
internal sealed class Instances(KonsulServer server, int count, int services) : IDisposable
{
    private const int Clients = 32;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };

    public static string ServiceOf(int instance, int services) => string.Create(CultureInfo.InvariantCulture, $"svc-{instance % services}");

    public Task RegisterAllAsync(CancellationToken cancel) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = Clients, CancellationToken = cancel },
        async (i, token) => await PutAsync(i, "passing", token));

    /// <summary>Changes an instance's check.</summary>
    public async Task PutAsync(int instance, string status, CancellationToken cancel)
    {
        var body = string.Create(CultureInfo.InvariantCulture, $$$"""
            {"Node":"node-{{{instance}}}","Address":"10.{{{instance >> 16}}}.{{{(instance >> 8) & 255}}}.{{{instance & 255}}}","Service":{"Service":"{{{ServiceOf(instance, services)}}}","ID":"i{{{instance}}}",
             "Port":8080,"Tags":["v1"],"Meta":{"zone":"a"}},"Check":{"CheckID":"c{{{instance}}}","Name":"alive","ServiceID":"i{{{instance}}}","Status":"{{{status}}}"}}
            """);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _client.PutAsync(new Uri(server.Api, "catalog/register"), content, cancel);
        if (!answer.IsSuccessStatusCode)
        {
            throw new BenchException($"a registration was refused: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancel)}");
        }
    }

    public void Dispose() => _client.Dispose();
}
