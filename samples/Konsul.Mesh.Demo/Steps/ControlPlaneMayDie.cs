using System.Text.Json;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Demo.Steps;

internal sealed class ControlPlaneMayDie : IDemoStep
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(2);

    public string Claim => "with the control plane killed traffic goes on, and its restart has lost nothing";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        var before = await MemoryAsync(mesh, cancellation);

        await mesh.Server.KillAsync();
        var traffic = new Traffic(mesh.Web);
        await using (traffic)
        {
            await Task.Delay(Outage, cancellation);
        }

        traffic.ThrowOnFailures();
        await mesh.Server.StartAgainAsync();
        var after = await MemoryAsync(mesh, cancellation);
        StepFailedException.Unless(before == after, $"before: {before}\nafter: {after}");

        // And it is in charge again: a change still reaches the proxies.
        await mesh.Server.SetIntentionAsync("web", "api", "deny");
        await Eventually.HoldsAsync("a new deny is enforced", async () => !await SucceedsAsync(mesh, cancellation), TimeSpan.FromSeconds(15), cancellation);
        await mesh.Server.SetIntentionAsync("web", "api", "allow");
        await Eventually.HoldsAsync("allow is enforced", () => SucceedsAsync(mesh, cancellation), TimeSpan.FromSeconds(15), cancellation);
        return
        [
            $"killed with SIGKILL; {traffic.Total} requests in {Outage.TotalSeconds:0} s without it, 0 failed",
            "restarted: catalog, intentions and CA root are as before, and changes reach the proxies again",
        ];
    }

    private static async Task<bool> SucceedsAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        using var answer = await mesh.Web.GetAsync("/", cancellation);
        return answer.IsSuccessStatusCode;
    }

    /// <summary>What must survive: services, intentions, trust domain and active root.</summary>
    private static async Task<string> MemoryAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        var services = await mesh.Server.Http.GetStringAsync("/v1/catalog/services", cancellation);
        var intentions = await mesh.Server.Http.GetStringAsync("/v1/connect/intentions", cancellation);
        using var roots = JsonDocument.Parse(await mesh.Server.Http.GetStringAsync("/v1/connect/ca/roots", cancellation));
        return $"{services} {intentions} {roots.RootElement.GetProperty("TrustDomain")} {roots.RootElement.GetProperty("ActiveRootID")}";
    }
}
