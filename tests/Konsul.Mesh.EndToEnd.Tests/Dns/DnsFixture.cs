using System.Globalization;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests.Dns;

/// <summary>A real server whose DNS other people's programs ask.</summary>
public sealed class DnsFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public ServerProcess Server { get; private set; } = null!;

    public string Port => Server.DnsPort.ToString(CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync() => Server = await ServerProcess.StartAsync(_folder.Path, "--dns-enable-truncate", "--dns-service-ttl", "slow=7s");

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    public string File(string name) => _folder.File(name);

    /// <summary>An instance with a check of its own, passing at first.</summary>
    public Task RegisterAsync(string service, string id, string address, int port, string status = "passing", string[]? tags = null) =>
        Server.PutAsync("/v1/catalog/register", new
        {
            Node = "host-" + id,
            Address = address,
            Service = new { ID = id, Service = service, Port = port, Address = address, Tags = tags ?? [] },
            Check = new { CheckID = "check-" + id, Name = "check", ServiceID = id, Status = status },
        });

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var file = Programs.Find(program);
        Assert.SkipUnless(file is not null, $"{program} is not installed");
        await using var process = ProgramProcess.Start(program, file, arguments);
        await process.WaitForExitAsync();
        return process.Output;
    }

    /// <summary>A line per record of the answer, sorted.</summary>
    public async Task<string> ShortAsync(params string[] question)
    {
        var output = await RunAsync("dig", ["@127.0.0.1", "-p", Port, "+short", "+time=5", .. question]);
        return string.Join('|', output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    /// <summary>All that dig shows.</summary>
    public Task<string> DigAsync(params string[] question) => RunAsync("dig", ["@127.0.0.1", "-p", Port, "+time=5", .. question]);
}
