using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Hosting.Tests.Lifecycle;

public sealed class DrainTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly Drain _drain;

    public DrainTests() => _drain = new Drain(_time);

    public void Dispose() => _drain.Dispose();

    [Fact]
    public async Task StartAsync_NoWatchers_CompletesAtOnce()
    {
        Assert.True(await _drain.StartAsync(Deadline));
        Assert.True(_drain.IsDraining);
        Assert.False(_drain.Forced.IsCancellationRequested);
    }

    [Fact]
    public async Task StartAsync_Watchers_WaitsForEachOnce()
    {
        var first = _drain.Watch();
        var second = _drain.Watch();
        var run = _drain.StartAsync(Deadline);

        first.Dispose();
        first.Dispose();
        Assert.False(run.IsCompleted);
        Assert.Equal(1, _drain.Watchers);
        second.Dispose();

        Assert.True(await run);
    }

    [Fact]
    public async Task StartAsync_Begun_TellsWatchers()
    {
        var watcher = _drain.Watch();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Draining.Register(() => told.SetResult());

        var run = _drain.StartAsync(Deadline);
        await told.Task;
        watcher.Dispose();

        Assert.True(await run);
    }

    [Fact]
    public async Task StartAsync_DeadlinePassed_ForcesAndReportsIt()
    {
        var watcher = _drain.Watch();
        watcher.Forced.Register(watcher.Dispose);
        var run = _drain.StartAsync(Deadline);
        await WaitForTimer();

        _time.Advance(Deadline);

        Assert.False(await run);
        Assert.True(_drain.Forced.IsCancellationRequested);
    }

    [Fact]
    public async Task StartAsync_WatcherNeverLetsGo_EndsAfterTheGrace()
    {
        _drain.Watch();
        var run = _drain.StartAsync(Deadline);
        await WaitForTimer();
        _time.Advance(Deadline);
        await Eventually.TrueAsync(() => _drain.Forced.IsCancellationRequested && _time.ArmedTimers > 0, () => $"{_time.ArmedTimers} timers");

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await run);
    }

    [Fact]
    public async Task Force_WhileDraining_EndsThePatience()
    {
        var watcher = _drain.Watch();
        watcher.Forced.Register(watcher.Dispose);
        var run = _drain.StartAsync(Deadline);

        _drain.Force();

        Assert.False(await run);
    }

    [Fact]
    public async Task StartAsync_Twice_JoinsTheFirst()
    {
        var watcher = _drain.Watch();
        var first = _drain.StartAsync(Deadline);
        var second = _drain.StartAsync(TimeSpan.Zero);

        Assert.Same(first, second);
        watcher.Dispose();
        Assert.True(await second);
    }

    private Task WaitForTimer() => Eventually.TrueAsync(() => _time.ArmedTimers > 0, () => $"{_time.ArmedTimers} timers");
}
