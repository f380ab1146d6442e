using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.HealthChecks;

public sealed class CheckSchedulerTests
{
    [Fact]
    public void Advance_EntriesDue_RunInOrderOnce()
    {
        var time = new ManualTimeProvider();
        using var scheduler = new CheckScheduler(time);
        var ran = new List<string>();
        scheduler.Set("b", TimeSpan.FromSeconds(2), () => ran.Add("b"));
        scheduler.Set("a", TimeSpan.FromSeconds(1), () => ran.Add("a"));
        scheduler.Set("gone", TimeSpan.FromSeconds(1), () => ran.Add("gone"));
        scheduler.Set("moved", TimeSpan.FromSeconds(1), () => ran.Add("too early"));
        scheduler.Set("moved", TimeSpan.FromSeconds(3), () => ran.Add("moved"));
        scheduler.Cancel("gone");

        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["a", "b", "moved"], ran);
        Assert.Equal(0, scheduler.Count);
    }

    [Fact]
    public void Set_ManyEntries_UseOneTimer()
    {
        var time = new ManualTimeProvider();
        using var scheduler = new CheckScheduler(time);

        for (var i = 0; i < 1000; i++)
            scheduler.Set($"{i}", TimeSpan.FromSeconds(i), () => { });

        Assert.Equal((1000, 1), (scheduler.Count, time.ArmedTimers));
    }
}
