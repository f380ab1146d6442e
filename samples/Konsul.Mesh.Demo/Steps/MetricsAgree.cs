using System.Globalization;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Demo.Steps;

internal sealed class MetricsAgree : IDemoStep
{
    private const int Requests = 100;

    public string Claim => "the metrics of both sides tell the same story";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        var before = await CountBothAsync(mesh, cancellation);
        for (var i = 0; i < Requests; i++)
        {
            await Traffic.InstanceAsync(mesh.Web, cancellation);
        }

        var counted = (Source: 0L, Destination: 0L);
        await Eventually.HoldsAsync(
            "both sides have counted the requests from web to api",
            async () =>
            {
                var after = await CountBothAsync(mesh, cancellation);
                counted = (after.Source - before.Source, after.Destination - before.Destination);
                return counted == (Requests, Requests)
                    ? null
                    : $"of {Requests} requests web's sidecar counts {counted.Source}, api's sidecars count {counted.Destination}";
            },
            TimeSpan.FromSeconds(10),
            cancellation);
        return [$"{Requests} requests: konsul_mesh_requests_total grew by {counted.Source} at web's sidecar and by {counted.Destination} at api's"];
    }

    private static async Task<(long Source, long Destination)> CountBothAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        var api = mesh.Sidecars.Where(s => s.Key.StartsWith("api", StringComparison.Ordinal)).Select(s => s.Value);
        return (await CountAsync([mesh.Sidecars["web"]], "source", cancellation), await CountAsync(api, "destination", cancellation));
    }

    private static async Task<long> CountAsync(IEnumerable<SidecarProcess> sidecars, string reporter, CancellationToken cancellation)
    {
        var total = 0L;
        foreach (var sidecar in sidecars)
        {
            var page = await sidecar.Admin.GetStringAsync("/metrics", cancellation);
            total += page.Split('\n')
                .Where(l => l.StartsWith("konsul_mesh_requests_total{", StringComparison.Ordinal)
                    && l.Contains($"reporter=\"{reporter}\"", StringComparison.Ordinal)
                    && l.Contains("source_service=\"web\"", StringComparison.Ordinal)
                    && l.Contains("destination_service=\"api\"", StringComparison.Ordinal)
                    && l.Contains("http_response_status_code=\"200\"", StringComparison.Ordinal))
                .Sum(l => (long)double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        }

        return total;
    }
}
