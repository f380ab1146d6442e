using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Apps;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>Instances, certificates and the control plane come and go under load; no request may fail.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task Instances_AddedDrainedAndDeregistered_NoRequestFails()
    {
        await using var mesh = await MeshHarness.StartAsync();
        var (client, _) = await CallerAsync(mesh, await AddApiAsync(mesh, "api-1"));
        var load = new Load(client);
        await using (load)
        {
            for (var i = 2; i <= 4; i++)
            {
                await AddApiAsync(mesh, $"api-{i}");
                await Eventually.HoldsAsync($"api-{i} gets traffic", () => Task.FromResult(load.Answers.ContainsKey($"api-{i}")));
            }

            Assert.Equal(0, await mesh.Sidecars["api-2"].StopAsync());
            await mesh.Server.PutAsync("/v1/agent/service/deregister/api-3");
            await QuietAsync(load, "api-3");
        }

        Assert.Empty(load.Failures);
        Assert.True(load.Total > 100, $"only {load.Total} requests");
    }

    [Fact]
    public async Task Certificates_LiveSeconds_RenewalsDropNoRequest()
    {
        await using var mesh = await MeshHarness.StartAsync("--leaf-ttl", "6s");
        var (client, caller) = await CallerAsync(mesh, await AddApiAsync(mesh, "api-1"));
        var first = await caller.Admin.GetStringAsync("/certs");
        var load = new Load(client);
        await using (load)
        {
            var seen = new HashSet<string> { first };
            await Eventually.HoldsAsync("the certificate of web was renewed three times", async () =>
            {
                seen.Add(await caller.Admin.GetStringAsync("/certs"));
                return seen.Count >= 4;
            });
        }

        Assert.Empty(load.Failures);
        Assert.True(load.Total > 100, $"only {load.Total} requests");
    }

    [Fact]
    public async Task Server_KilledAndRestarted_TrafficGoesOnAndNothingIsLost()
    {
        await using var mesh = await MeshHarness.StartAsync();
        var (client, _) = await CallerAsync(mesh, await AddApiAsync(mesh, "api-1"));
        await mesh.Server.SetIntentionAsync("web", "api", "allow");
        await mesh.Server.SetIntentionAsync("*", "secret", "deny");
        using var value = await mesh.Server.Http.PutAsync("/v1/kv/config/colour", new StringContent("blue"));
        var before = await MemoryAsync(mesh);

        var load = new Load(client);
        await using (load)
        {
            await mesh.Server.KillAsync();
            await Eventually.HoldsAsync("traffic goes on without a server", RequestsPassAsync(load, 200));
            await mesh.Server.StartAgainAsync();
            await Eventually.HoldsAsync("traffic goes on with the server back", RequestsPassAsync(load, 200));
        }

        Assert.Empty(load.Failures);
        Assert.Equal(before, await MemoryAsync(mesh));
        await mesh.Server.SetIntentionAsync("web", "api", "deny");
        await Eventually.HoldsAsync("the sidecars listen to the new server", async () =>
        {
            using var answer = await client.GetAsync("/");
            return answer.StatusCode == System.Net.HttpStatusCode.Forbidden;
        });
    }

    [Fact]
    public async Task Sidecar_TerminatedWithARequestUnderWay_TheRequestEndsWell()
    {
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var mesh = await MeshHarness.StartAsync();
        var app = mesh.Keep(await FakeApp.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                arrived.TrySetResult();
                await release.Task;
            }

            await context.Response.Body.WriteAsync("done"u8.ToArray());
        }));
        var callee = await mesh.AddSidecarAsync("api-1", "api", app.Port, "--protocol", "http");
        var (client, caller) = await CallerAsync(mesh, "api-1");
        var slow = client.GetStringAsync("/slow");
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(10));

        callee.Process.Send(Signal.Terminate);
        await Eventually.HoldsAsync("the sidecar says it is not ready", async () => !(await callee.Admin.GetAsync("/ready")).IsSuccessStatusCode);
        release.SetResult();

        Assert.Equal("done", await slow.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, await callee.Process.WaitForExitAsync());
        Assert.False(caller.Process.HasExited);
    }

    [Fact]
    public async Task Sidecar_KilledWithoutWarning_ItsInstanceLeavesTheOthers()
    {
        await using var mesh = await MeshHarness.StartAsync();
        await AddApiAsync(mesh, "api-1");
        var (client, _) = await CallerAsync(mesh, await AddApiAsync(mesh, "api-2"));

        mesh.Sidecars["api-1"].Process.Send(Signal.Kill);

        await Eventually.HoldsAsync("only api-2 is healthy", async () =>
        {
            var healthy = await mesh.Server.Http.GetStringAsync("/v1/health/connect/api?passing");
            return !healthy.Contains("api-1", StringComparison.Ordinal) && healthy.Contains("api-2", StringComparison.Ordinal) ? null : healthy;
        });
        Assert.Equal("api-2", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Sidecar_StartedWithoutServer_ServesFromItsCache()
    {
        await using var mesh = await MeshHarness.StartAsync();
        await AddApiAsync(mesh, "api-1");
        var port = FreePorts.Next();
        var web = mesh.Keep(await FakeApp.SayingAsync("web"));
        string[] options = ["--upstream", $"api:{port}", "--cache-dir", Path.Combine(mesh.Folder, "cache")];
        var first = await mesh.AddSidecarAsync("web-1", "web", web.Port, options);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await AnswersAsync(client);

        await mesh.Server.KillAsync();
        first.Process.Send(Signal.Kill);
        await first.Process.WaitForExitAsync();
        await mesh.AddSidecarAsync("web-1", "web", web.Port, options);

        await AnswersAsync(client);
    }

    private static async Task<string> AddApiAsync(MeshHarness mesh, string name)
    {
        var app = mesh.Keep(await EchoApp.StartAsync(name));
        await mesh.AddSidecarAsync(name, "api", app.Port, "--protocol", "http");
        return name;
    }

    private static async Task<(HttpClient Client, SidecarProcess Sidecar)> CallerAsync(MeshHarness mesh, string firstAnswer)
    {
        var port = FreePorts.Next();
        var web = mesh.Keep(await FakeApp.SayingAsync("web"));
        var sidecar = await mesh.AddSidecarAsync("web-1", "web", web.Port, "--upstream", $"api:{port}");
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await AnswersAsync(client);
        Assert.NotEmpty(firstAnswer);
        return (client, sidecar);
    }

    private static Task AnswersAsync(HttpClient client) =>
        Eventually.HoldsAsync("api answers through the mesh", async () =>
        {
            using var answer = await client.GetAsync("/");
            return answer.IsSuccessStatusCode ? null : $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
        });

    private static Func<Task<bool>> RequestsPassAsync(Load load, int count)
    {
        var goal = load.Total + count;
        return () => Task.FromResult(load.Total >= goal);
    }

    private static Task QuietAsync(Load load, string instance)
    {
        var (last, total) = (load.Answers.GetValueOrDefault(instance), load.Total);
        return Eventually.HoldsAsync($"500 requests pass by {instance}", () =>
        {
            if (load.Answers.GetValueOrDefault(instance) is var now && now != last)
            {
                (last, total) = (now, load.Total);
            }

            return Task.FromResult(load.Total - total > 500);
        });
    }

    private static async Task<string> MemoryAsync(MeshHarness mesh)
    {
        string[] paths = ["/v1/catalog/services", "/v1/connect/intentions", "/v1/connect/ca/roots", "/v1/kv/config/colour?raw"];
        var texts = new List<string>();
        foreach (var path in paths)
        {
            texts.Add(await mesh.Server.Http.GetStringAsync(path));
        }

        return string.Join('\n', texts);
    }
}
