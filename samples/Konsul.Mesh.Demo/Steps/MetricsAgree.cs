using System.Globalization;
using Konsul.Mesh.TestKit;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Demo.Steps;

internal sealed class MetricsAgree : IDemoStep
{
    public string Claim => "the metrics of both sides tell the same story";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        var (source, destination) = (0L, 0L);
        await Eventually.HoldsAsync(
            "both sides count the same requests from web to api",
            async () =>
            {
                source = await CountAsync([mesh.Sidecars["web"]], "source", cancellation);
                destination = await CountAsync(mesh.Sidecars.Where(s => s.Key.StartsWith("api", StringComparison.Ordinal)).Select(s => s.Value), "destination", cancellation);
                return source == destination && source > 0 ? null : $"web's sidecar counts {source}, api's sidecars count {destination}";
            },
            TimeSpan.FromSeconds(10),
            cancellation);
        return [$"konsul_mesh_requests_total from web to api with status 200: {source} at the source, {destination} at the destination"];
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
