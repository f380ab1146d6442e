using Konsul.Mesh.Server.Queries;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Queries;

public sealed class SharedDeadlinesTests
{
    [Fact]
    public void After_ManyWaitsOfAboutTheSameLength_ShareFewTimers()
    {
        var deadlines = new SharedDeadlines(new ManualTimeProvider());

        var waits = Enumerable.Range(0, 1000).Select(i => deadlines.After(TimeSpan.FromSeconds(300) + TimeSpan.FromMilliseconds(i * 18))).ToList();

        Assert.InRange(deadlines.Armed, 1, 16);
        waits.ForEach(w => w.Dispose());
        Assert.Equal(0, deadlines.Armed);
    }

    [Fact]
    public void Token_TimePasses_EndsNeverEarly()
    {
        var time = new ManualTimeProvider();
        using var wait = new SharedDeadlines(time).After(TimeSpan.FromSeconds(10));

        time.Advance(TimeSpan.FromSeconds(9.99));
        Assert.False(wait.Token.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(0.3));

        Assert.True(wait.Token.IsCancellationRequested);
    }
}
