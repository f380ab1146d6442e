using System.Net;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.EndToEnd.Tests;

public sealed class IntentionTests(PairFixture pair) : IClassFixture<PairFixture>
{
    [Fact]
    public async Task Deny_RequestUnderWay_IsCutNewOnesGet403AndAllowRestores()
    {
        using var answer = await pair.Api.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        Assert.True(await body.ReadAsync(new byte[16]) > 0);

        await pair.Mesh.Server.SetIntentionAsync("web", "api", "deny");

        await ReadToEndAsync(body).WaitAsync(TimeSpan.FromSeconds(10));
        await StatusBecomesAsync(HttpStatusCode.Forbidden);
        await pair.Mesh.Server.SetIntentionAsync("web", "api", "allow");
        await StatusBecomesAsync(HttpStatusCode.OK);
        await pair.Mesh.Server.DeleteIntentionAsync("web", "api");
    }

    [Fact]
    public async Task DenyAll_ExactAllow_ExactWins()
    {
        await pair.Mesh.Server.SetIntentionAsync("web", "api", "allow");
        await pair.Mesh.Server.SetIntentionAsync("*", "*", "deny");

        await Eventually.HoldsAsync(
            "echo, about which nothing exact is said, is denied",
            async () => await AllowedAsync("echo") is false);
        await StatusBecomesAsync(HttpStatusCode.OK);
        await pair.Mesh.Server.DeleteIntentionAsync("*", "*");
        await pair.Mesh.Server.DeleteIntentionAsync("web", "api");
    }

    private async Task<bool> AllowedAsync(string destination) =>
        (await pair.Mesh.Server.Http.GetStringAsync($"/v1/connect/intentions/check?source=web&destination={destination}")).Contains("true", StringComparison.Ordinal);

    private Task StatusBecomesAsync(HttpStatusCode status) =>
        Eventually.HoldsAsync($"api answers {status}", async () =>
        {
            using var answer = await pair.Api.GetAsync("/");
            return answer.StatusCode == status ? null : answer.StatusCode.ToString();
        });

    private static async Task ReadToEndAsync(Stream body)
    {
        var buffer = new byte[4096];
        try
        {
            while (await body.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // Cut.
        }
    }
}
