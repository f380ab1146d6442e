using System.Diagnostics;
using System.Runtime.InteropServices;
using Konsul.Mesh.Hosting.Lifecycle;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.Hosting.Tests.Lifecycle;

public sealed class SignalWatcherTests
{
    [Fact]
    public async Task Hangup_RealSignal_Reloads()
    {
        Assert.SkipWhen(IgnoredSignals.Contains(Signal.Hangup), "this process was started with SIGHUP ignored (nohup), which a program keeps");
        var reloaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new SignalWatcher(() => { }, () => { }, () => reloaded.TrySetResult());

        using var kill = Process.Start("kill", ["-HUP", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);

        await reloaded.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Received_TwoStops_DrainThenForce()
    {
        var calls = new List<string>();
        using var watcher = new SignalWatcher(() => calls.Add("drain"), () => calls.Add("force"), () => calls.Add("reload"));
        var term = new PosixSignalContext(PosixSignal.SIGTERM);

        watcher.Received(term);
        watcher.Received(new PosixSignalContext(PosixSignal.SIGINT));
        watcher.Received(new PosixSignalContext(PosixSignal.SIGHUP));

        Assert.True(term.Cancel);
        Assert.Equal(["drain", "force", "reload"], calls);
    }
}
