namespace Konsul.Mesh.Proxy.Tests;

/// <summary>Waits for what another thread brings about; a failure prints what there was instead.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition, Func<object?> state)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
            {
                Assert.Fail($"Not within {Deadline}: {state()}");
            }

            await Task.Delay(10);
        }
    }
}
