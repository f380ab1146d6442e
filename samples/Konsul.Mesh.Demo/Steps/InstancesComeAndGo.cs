using System.Diagnostics;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Demo.Steps;

internal sealed class InstancesComeAndGo : IDemoStep
{
    public string Claim => "a new api gets traffic as soon as it is ready, a deregistered one loses it, and no request fails";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        var traffic = new Traffic(mesh.Web);
        TimeSpan first, last;
        await using (traffic)
        {
            await mesh.StartApiAsync("api-3");
            first = await Eventually.HoldsAsync(
                "api-3 gets traffic",
                () => Task.FromResult(traffic.Answers.ContainsKey("api-3") ? null : string.Join(", ", traffic.Answers.Keys)),
                TimeSpan.FromSeconds(10),
                cancellation);

            var clock = Stopwatch.StartNew();
            await mesh.Server.PutAsync("/v1/agent/service/deregister/api-2");
            last = await QuietSinceAsync(traffic, "api-2", clock, cancellation);
        }

        traffic.ThrowOnFailures();
        return
        [
            $"api-3 got its first request {first.TotalMilliseconds:0} ms after its sidecar was ready",
            $"api-2 got its last request {last.TotalMilliseconds:0} ms after it was deregistered",
            $"{traffic.Total} requests meanwhile, 0 failed",
        ];
    }

    /// <summary>Watches until the instance has had no request for a second, while others had; returns when the last one was.</summary>
    private static async Task<TimeSpan> QuietSinceAsync(Traffic traffic, string instance, Stopwatch clock, CancellationToken cancellation)
    {
        var (count, since) = (-1, TimeSpan.Zero);
        await Eventually.HoldsAsync(
            $"{instance} gets no more traffic",
            () =>
            {
                var now = traffic.Answers.GetValueOrDefault(instance);
                if (now != count)
                {
                    (count, since) = (now, clock.Elapsed);
                }

                return Task.FromResult(clock.Elapsed - since > TimeSpan.FromSeconds(1));
            },
            TimeSpan.FromSeconds(10),
            cancellation);
        return since;
    }
}
