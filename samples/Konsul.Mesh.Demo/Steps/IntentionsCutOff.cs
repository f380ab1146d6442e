using System.Diagnostics;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Demo.Steps;

internal sealed class IntentionsCutOff : IDemoStep
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    public string Claim => "a deny intention cuts web off in under a second, on open connections too, and allow restores it";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        // A response that never ends by itself is under way when the intention changes.
        using var stream = await mesh.Web.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead, cancellation);
        await using var body = await stream.Content.ReadAsStreamAsync(cancellation);
        StepFailedException.Unless(await body.ReadAsync(new byte[64], cancellation) > 0, "the stream did not begin");

        var clock = Stopwatch.StartNew();
        var streamCut = EndOfAsync(body, clock, cancellation);
        await mesh.Server.SetIntentionAsync("web", "api", "deny");
        await UntilAsync(mesh, succeeds: false, cancellation);
        var refused = clock.Elapsed;
        var cut = await streamCut.WaitAsync(TimeSpan.FromSeconds(10), cancellation);
        StepFailedException.Unless(refused < Limit, $"requests were refused only after {refused.TotalMilliseconds:0} ms");
        StepFailedException.Unless(cut < Limit, $"the open stream was cut only after {cut.TotalMilliseconds:0} ms");

        clock.Restart();
        await mesh.Server.SetIntentionAsync("web", "api", "allow");
        await UntilAsync(mesh, succeeds: true, cancellation);
        var restored = clock.Elapsed;
        return
        [
            $"deny: new requests refused after {refused.TotalMilliseconds:0} ms, the open stream cut after {cut.TotalMilliseconds:0} ms",
            $"allow: served again after {restored.TotalMilliseconds:0} ms",
        ];
    }

    private static Task UntilAsync(DemoMesh mesh, bool succeeds, CancellationToken cancellation) =>
        Eventually.HoldsAsync(
            succeeds ? "web reaches api again" : "web is refused",
            async () =>
            {
                using var answer = await mesh.Web.GetAsync("/", cancellation);
                return answer.IsSuccessStatusCode == succeeds ? null : $"{(int)answer.StatusCode}";
            },
            TimeSpan.FromSeconds(10),
            cancellation);

    private static async Task<TimeSpan> EndOfAsync(Stream body, Stopwatch clock, CancellationToken cancellation)
    {
        var buffer = new byte[4096];
        try
        {
            while (await body.ReadAsync(buffer, cancellation) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Cut short, as it should be.
        }

        return clock.Elapsed;
    }
}
