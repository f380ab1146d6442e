using Konsul.Mesh.Server.Certificates;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Certificates;

public sealed class IssueLimiterTests
{
    [Fact]
    public void TryEnter_MoreThanPerSecond_IsRefusedUntilTimePasses()
    {
        var time = new ManualTimeProvider();
        var limiter = new IssueLimiter(perSecond: 5, concurrent: 100, time);

        var first = Enumerable.Range(0, 7).Count(_ => Enter(limiter));
        time.Advance(TimeSpan.FromMilliseconds(400));
        var second = Enumerable.Range(0, 7).Count(_ => Enter(limiter));

        Assert.Equal((5, 2), (first, second));
    }

    [Fact]
    public void TryEnter_TooManyAtOnce_IsRefusedUntilOneLeaves()
    {
        var limiter = new IssueLimiter(perSecond: 0, concurrent: 1, new ManualTimeProvider());

        var inside = limiter.TryEnter();
        Assert.NotNull(inside);
        Assert.Null(limiter.TryEnter());
        inside.Dispose();
        inside.Dispose();

        Assert.NotNull(limiter.TryEnter());
        Assert.Null(limiter.TryEnter());
    }

    private static bool Enter(IssueLimiter limiter)
    {
        using var permit = limiter.TryEnter();
        return permit is not null;
    }
}
