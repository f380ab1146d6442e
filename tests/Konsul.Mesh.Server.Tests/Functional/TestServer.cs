using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Server.Startup;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Logging;
using Konsul.Mesh.Telemetry.Metrics;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>A real server in this process on free ports, with a client. Stopping keeps the directory, so that it can be started again.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly LoggingSetup _logging;
    private readonly MetricRegistry _metrics;
    private readonly bool _ownsDirectory;

    private TestServer(KonsulServer server, ServerParts parts, string directory, bool ownsDirectory)
    {
        (Server, Parts, DataDirectory, _ownsDirectory) = (server, parts, directory, ownsDirectory);
        (_logging, _metrics) = (parts.Logging, parts.Metrics);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.HttpPort}")),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    public KonsulServer Server { get; }

    public ServerParts Parts { get; }

    public string DataDirectory { get; }

    public HttpClient Client { get; }

    public static string NewDirectory() => Path.Combine(Directory.CreateTempSubdirectory("konsul-server-tests-").FullName, "data");

    public static async Task<TestServer> StartAsync(
        TimeProvider? time = null, string? directory = null, Func<ServerSettings, ServerSettings>? change = null)
    {
        var clock = time ?? TimeProvider.System;
        var data = directory ?? NewDirectory();
        var metrics = new MetricRegistry(clock);
        var logging = new LoggingSetup(Stream.Null, LogFormat.Text, LogLevel.Information, clock, metrics);
        var parts = new ServerParts(clock, metrics, new MeshMetrics(metrics), logging, new Readiness(), new Drain(clock), SystemRandom.Instance);
        var settings = new ServerSettings
        {
            NodeName = "node-1",
            DataDirectory = data,
            KekFile = data + ".kek",
            Http = new HostPort("127.0.0.1", 0),
            Grpc = new HostPort("127.0.0.1", 0),
            DefaultIntention = IntentionAction.Allow,
        };
        try
        {
            var server = await KonsulServer.StartAsync(change?.Invoke(settings) ?? settings, parts, CancellationToken.None);
            return new TestServer(server, parts, data, directory is null);
        }
        catch
        {
            logging.Dispose();
            metrics.Dispose();
            throw;
        }
    }

    public async Task<Reply> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase);
        return new Reply(response.StatusCode, bytes, all);
    }

    public Task<Reply> GetAsync(string path) => SendAsync("GET", path);

    public Task<Reply> PutAsync(string path, string body = "") => SendAsync("PUT", path, body);

    public async Task<Reply> MustPutAsync(string path, string body = "")
    {
        var reply = await PutAsync(path, body);
        Assert.True(reply.Status == HttpStatusCode.OK, $"PUT {path}: {(int)reply.Status} {reply.Text}");
        return reply;
    }

    /// <summary>Asks until the answer satisfies; at the deadline fails with the last one.</summary>
    public async Task<Reply> UntilAsync(string path, Func<Reply, bool> satisfied)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var reply = await GetAsync(path);
            if (satisfied(reply))
                return reply;
            Assert.False(deadline.IsCancellationRequested, $"GET {path} never satisfied; last: {(int)reply.Status} {reply.Text}");
            await Task.Delay(20);
        }
    }

    private static async Task UntilAsync(Func<bool> satisfied, Func<string> state)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!satisfied())
        {
            Assert.False(deadline.IsCancellationRequested, state());
            await Task.Delay(10);
        }
    }

    /// <summary>Until so many queries wait in the state, so that a test acts only once its query sleeps.</summary>
    public Task UntilWaitingAsync(int queries) => UntilAsync(() => Server.Waiting >= queries, () => $"{Server.Waiting} queries wait, not {queries}");

    public Task UntilScheduledAsync(int checks) =>
        UntilAsync(() => Server.ScheduledChecks >= checks, () => $"{Server.ScheduledChecks} checks are scheduled, not {checks}");

    public Task UntilTimersAsync(TestKit.ManualTimeProvider time, int armed) =>
        UntilAsync(() => time.ArmedTimers >= armed, () => $"{time.ArmedTimers} timers are armed, not {armed}");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        _logging.Dispose();
        _metrics.Dispose();
        Parts.Drain.Dispose();
        if (_ownsDirectory)
            Directory.Delete(Path.GetDirectoryName(DataDirectory)!, recursive: true);
    }
}

internal sealed record Reply(HttpStatusCode Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public ulong Index => ulong.Parse(Headers["X-Consul-Index"], CultureInfo.InvariantCulture);
}
