namespace Konsul.Mesh.Hosting.Tests;

/// <summary>Polls with a deadline and says what it saw.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition, Func<string> state)
    {
        var deadline = Environment.TickCount64 + 20_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, $"Not within 20 s; state: {state()}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
