using Konsul.Mesh.TestKit.Linearizability;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.TestKit.Tests.Linearizability;

public sealed class HistoryRecorderTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void ToHistory_EveryEnd_BecomesAnOperation()
    {
        var recorder = new HistoryRecorder<RegisterInput, RegisterOutput>(_time);
        var start = _time.GetTimestamp();

        var write = recorder.Begin(1, RegisterInput.Write(5));
        var read = recorder.Begin(2, RegisterInput.Read());
        var lost = recorder.Begin(3, RegisterInput.Write(6));
        var refused = recorder.Begin(4, RegisterInput.Write(7));
        recorder.Begin(5, RegisterInput.Write(8));
        _time.Advance(TimeSpan.FromSeconds(1));
        write.End(RegisterOutput.Written);
        lost.Unknown();
        refused.DidNotHappen();
        _time.Advance(TimeSpan.FromSeconds(1));
        read.End(RegisterOutput.Read(5));

        Assert.Equal(
            [
                new(1, RegisterInput.Write(5), start, RegisterOutput.Written, start + _time.TimestampFrequency),
                new(2, RegisterInput.Read(), start, RegisterOutput.Read(5), start + (2 * _time.TimestampFrequency)),
                new(3, RegisterInput.Write(6), start),
                new(5, RegisterInput.Write(8), start),
            ],
            recorder.ToHistory());
    }

    [Fact]
    public void End_Twice_IsRefusedAndChangesNothing()
    {
        var recorder = new HistoryRecorder<int, int>(_time);
        var call = recorder.Begin(0, 1);
        call.Unknown();

        Assert.Throws<InvalidOperationException>(() => call.End(2));
        Assert.Throws<InvalidOperationException>(call.DidNotHappen);
        Assert.False(Assert.Single(recorder.ToHistory()).Outcome.IsKnown);
    }

    [Fact]
    public void Begin_RecorderIsFull_Throws()
    {
        var recorder = new HistoryRecorder<int, int>(_time, capacity: 2);
        recorder.Begin(0, 1).DidNotHappen();
        recorder.Begin(0, 2);

        Assert.Throws<InvalidOperationException>(() => recorder.Begin(0, 3));
    }

    [Fact]
    public async Task ToHistory_ClientsOnManyThreads_IsLinearizableIfTheRegisterIs()
    {
        const int clients = 6;
        const int each = 300;
        var recorder = new HistoryRecorder<RegisterInput, RegisterOutput>(TimeProvider.System);
        var register = 0L;

        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                if (i % 3 == 0)
                {
                    var value = (client * each) + i;
                    var call = recorder.Begin(client, RegisterInput.Write(value));
                    Interlocked.Exchange(ref register, value + 1);
                    call.End(RegisterOutput.Written);
                }
                else
                {
                    var call = recorder.Begin(client, RegisterInput.Read());
                    var found = Interlocked.Read(ref register);
                    call.End(RegisterOutput.Read(found == 0 ? null : found - 1));
                }
            }
        })));

        var history = recorder.ToHistory();
        var result = LinearizabilityChecker.Check(Register.Sequential, history);
        Assert.Equal(clients * each, history.Count);
        Assert.True(result.Verdict == Verdict.Ok, result.Describe());
    }
}
