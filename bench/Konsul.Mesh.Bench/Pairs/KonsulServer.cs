using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Konsul.Mesh.Bench.Processes;

namespace Konsul.Mesh.Bench.Pairs;

/// <summary>One <c>konsul-server --dev</c> on free ports, and the questions which the benchmark asks of its HTTP API.</summary>
internal sealed class KonsulServer : IAsyncDisposable
{
    private const string Any = "127.0.0.1:0";

    private readonly ChildProcess _process;

    private KonsulServer(ChildProcess process, int httpPort, int grpcPort, int dnsPort, TimeSpan startToReady)
    {
        _process = process;
        Api = new Uri($"http://127.0.0.1:{httpPort}/v1/");
        Grpc = $"127.0.0.1:{grpcPort}";
        DnsPort = dnsPort;
        StartToReady = startToReady;
    }

    public Uri Api { get; }

    public string Grpc { get; }

    public int DnsPort { get; }

    public int Pid => _process.Pid;

    /// <summary>From starting the process to the first 200 on <c>/health/ready</c>.</summary>
    public TimeSpan StartToReady { get; }

    public static async Task<KonsulServer> StartAsync(string bin, string folder, TimeProvider time, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var ports = new PortsFile(Path.Combine(folder, "server-ports.json"));
        var started = time.GetTimestamp();
        var process = ChildProcess.Start("konsul-server", Path.Combine(bin, "konsul-server"),
            ["--dev", "--http-addr", Any, "--grpc-addr", Any, "--dns-addr", Any, "--raft-addr", Any, "--data-dir", Path.Combine(folder, "data"),
                "--log-level", "warn", "--ports-file", Path.Combine(folder, "server-ports.json")]);
        try
        {
            var deadline = TimeSpan.FromSeconds(30);
            await ports.WaitAsync(process, ["http", "grpc", "dns"], deadline, time, cancel);
            var ready = new Uri($"http://127.0.0.1:{ports["http"]}/health/ready");
            await Http.WaitForAsync(process, ready, deadline, time, cancel, TimeSpan.FromMilliseconds(5));
            return new KonsulServer(process, ports["http"], ports["grpc"], ports["dns"], time.GetElapsedTime(started));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>A leaf and key of the mesh's own CA for <paramref name="service"/>, or null if the server gives out no keys.</summary>
    public async Task<X509Certificate2?> LeafAsync(string service, CancellationToken cancel)
    {
        using var response = await Http.Client.GetAsync(new Uri(Api, $"agent/connect/ca/leaf/{service}"), cancel);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return null;
        }

        var leaf = await response.Content.ReadFromJsonAsync<JsonObject>(cancel);
        if ((string?)leaf?["CertPEM"] is not { Length: > 0 } certificate || (string?)leaf["PrivateKeyPEM"] is not { Length: > 0 } key)
        {
            return null;
        }

        using var parsed = X509Certificate2.CreateFromPem(certificate, key);
        return X509CertificateLoader.LoadPkcs12(parsed.Export(X509ContentType.Pkcs12), null);
    }

    public async Task<string> TrustDomainAsync(CancellationToken cancel)
    {
        var roots = await Http.Client.GetFromJsonAsync<JsonObject>(new Uri(Api, "connect/ca/roots"), cancel);
        return (string?)roots?["TrustDomain"] ?? throw new BenchException("connect/ca/roots names no TrustDomain");
    }

    public async Task PutAsync(string path, JsonNode? body, CancellationToken cancel)
    {
        using var content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var response = await Http.Client.PutAsync(new Uri(Api, path), content, cancel);
            if (!response.IsSuccessStatusCode)
            {
                throw new BenchException($"PUT {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancel)}");
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BenchException($"PUT {path}: no answer for {Http.Client.Timeout.TotalSeconds:0} s");
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
