using System.Text.Json;

namespace Konsul.Mesh.Server.Tests.Functional;

/// <summary>What becomes of the checks that were registered through a server that dies.</summary>
public sealed class OrphanCareTests : IAsyncLifetime
{
    private readonly ThreeServers _cluster = new();

    public ValueTask InitializeAsync() => _cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task ServerDies_TheLeaderGoesOnWithItsChecks_UntilItIsBack()
    {
        await using var app = await FakeApp.StartAsync();
        var leader = await _cluster.LeaderAsync();
        var (dying, witness) = ((leader + 1) % 3, _cluster[leader]);
        await _cluster[dying].MustPutAsync("/v1/agent/service/register", JsonSerializer.Serialize(new
        {
            Name = "web",
            Port = 80,
            Checks = new object[]
            {
                new { CheckID = "asks", Name = "asks", HTTP = app.Url, Interval = "200ms" },
                new { CheckID = "reports", Name = "reports", TTL = "1s", Status = "passing" },
            },
        }));
        await witness.UntilAsync("/v1/health/checks/web", r => StatusOf(r, "asks") == "passing");

        await _cluster.StopAsync(dying);
        await witness.UntilAsync("/v1/health/checks/web", r => StatusOf(r, "reports") == "critical");
        app.Status = 500;
        await witness.UntilAsync("/v1/health/checks/web", r => StatusOf(r, "asks") == "critical");

        await _cluster.StartAsync(dying);
        app.Status = 200;
        await witness.UntilAsync("/v1/health/checks/web", r => StatusOf(r, "asks") == "passing");
        Assert.Equal(200, (int)(await _cluster[dying].PutAsync("/v1/agent/check/pass/reports")).Status);
        await witness.UntilAsync("/v1/health/checks/web", r => StatusOf(r, "reports") == "passing");
    }

    private static string StatusOf(Reply reply, string check) => reply.Status != System.Net.HttpStatusCode.OK ? "" : reply.Json.EnumerateArray()
        .Where(c => c.GetProperty("CheckID").GetString() == check).Select(c => c.GetProperty("Status").GetString()!).FirstOrDefault("");
}
