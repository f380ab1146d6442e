using Konsul.Mesh.Proxy.Core.Authorization;

namespace Konsul.Mesh.Proxy.Core.Tests.Authorization;

public sealed class RunningRequestsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly RunningRequests _requests = new();

    [Fact]
    public void AbortAll_ReachesThoseThatRunAndNoOthers()
    {
        var all = Enumerable.Range(0, 5).Select(_ => new Request()).ToArray();
        foreach (var request in all)
        {
            _requests.Enter(request);
        }

        _requests.Leave(all[1]);
        _requests.Leave(all[4]);
        _requests.AbortAll();

        Assert.Equal([1, 0, 1, 1, 0], all.Select(r => r.Aborts));
        Assert.Equal(3, _requests.Count);
    }

    [Fact]
    public void AThousandRequestsOneAfterTheOther_LeaveNothingBehind()
    {
        for (var i = 0; i < 1000; i++)
        {
            var (first, second) = (new Request(), new Request());
            _requests.Enter(first);
            _requests.Enter(second);
            _requests.Leave(first);
            _requests.Leave(second);
        }

        Assert.Equal(0, _requests.Count);
    }

    /// <summary>The symptom was a caller that got no answer for as long as it waited: the abort of the request before it, whose stream the
    /// engine had handed on meanwhile.</summary>
    [Fact]
    public async Task AnAbortThatIsSlow_HoldsTheRequestBack_SoThatTheNextOneOfItsStreamIsAnswered()
    {
        var left = false;
        var leftDuringAbort = true;
        Thread? leaving = null;
        var request = new Request();
        request.OnAbort = () =>
        {
            leaving = new Thread(() =>
            {
                _requests.Leave(request);
                Volatile.Write(ref left, true);
            });
            leaving.Start();
            SpinWait.SpinUntil(() => leaving.ThreadState.HasFlag(ThreadState.WaitSleepJoin) || Volatile.Read(ref left), Limit);
            leftDuringAbort = Volatile.Read(ref left);
        };
        _requests.Enter(request);

        await Task.Run(_requests.AbortAll, TestContext.Current.CancellationToken);

        Assert.False(leftDuringAbort);
        Assert.True(leaving!.Join(Limit));
        Assert.Equal(0, _requests.Count);
    }

    private sealed class Request : IRunningRequest
    {
        public int Place { get; set; }

        public int Aborts { get; private set; }

        public Action? OnAbort { get; set; }

        public void Abort()
        {
            Aborts++;
            OnAbort?.Invoke();
        }
    }
}
