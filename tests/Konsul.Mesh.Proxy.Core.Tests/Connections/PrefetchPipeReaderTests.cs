using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Konsul.Mesh.Proxy.Core.Connections;

namespace Konsul.Mesh.Proxy.Core.Tests.Connections;

public sealed class PrefetchPipeReaderTests
{
    private readonly Pipe _wire = new();
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PrefetchPipeReader _reader;

    public PrefetchPipeReaderTests() => _reader = new PrefetchPipeReader(_wire.Reader.AsStream(), BlockPool.Instance, e => _ended.TrySetResult(e));

    [Fact]
    public async Task ReadAsync_WithBytesThatWereExamined_WaitsForMoreAndKeepsThem()
    {
        await SendAsync("ab");
        var first = await _reader.ReadAsync();
        _reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        var reading = _reader.ReadAsync();
        Assert.False(reading.IsCompleted);

        await SendAsync("c");

        Assert.Equal("abc", Text((await reading).Buffer));
    }

    [Fact]
    public async Task ReadAsync_WithBytesThatWereNotExamined_ReturnsThemAtOnce()
    {
        await SendAsync("abcd");
        var first = await _reader.ReadAsync();

        _reader.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.GetPosition(2));

        Assert.True(_reader.TryRead(out var rest));
        Assert.Equal("bcd", Text(rest.Buffer));
    }

    [Fact]
    public async Task End_WhileNobodyReads_IsNoticed()
    {
        await SendAsync("x");
        var first = await _reader.ReadAsync();
        _reader.AdvanceTo(first.Buffer.End);

        await _wire.Writer.CompleteAsync();

        Assert.Null(await _ended.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        var last = await _reader.ReadAsync();
        Assert.True(last.IsCompleted);
        Assert.True(last.Buffer.IsEmpty);
    }

    [Fact]
    public async Task Error_OfTheStream_ReachesTheReaderAndTheOwner()
    {
        var reading = _reader.ReadAsync();

        await _wire.Writer.CompleteAsync(new IOException("broken"));

        var error = await Assert.ThrowsAsync<IOException>(async () => await reading);
        Assert.Equal("broken", error.Message);
        Assert.NotNull(await _ended.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        await Assert.ThrowsAsync<IOException>(async () => await _reader.ReadAsync());
    }

    [Fact]
    public async Task CancelPendingRead_WithAndWithoutAReader_ReturnsACanceledResultOnce()
    {
        var reading = _reader.ReadAsync();
        _reader.CancelPendingRead();
        var whileReading = await reading;
        _reader.AdvanceTo(whileReading.Buffer.End);
        _reader.CancelPendingRead();
        var before = await _reader.ReadAsync();
        _reader.AdvanceTo(before.Buffer.End);
        await SendAsync("z");
        var after = await _reader.ReadAsync();

        Assert.True(whileReading.IsCanceled);
        Assert.True(before.IsCanceled);
        Assert.False(after.IsCanceled);
        Assert.Equal("z", Text(after.Buffer));
    }

    [Fact]
    public async Task ReadAsync_OfAMessageLargerThanABlock_HoldsAllOfIt()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i},"));
        var sending = SendAsync(text);

        ReadResult result;
        while (true)
        {
            result = await _reader.ReadAsync();
            if (result.Buffer.Length >= text.Length)
            {
                break;
            }

            _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        await sending;
        Assert.Equal(text, Text(result.Buffer));
        _reader.AdvanceTo(result.Buffer.GetPosition(100_000));
        Assert.True(_reader.TryRead(out var rest));
        Assert.Equal(text[100_000..], Text(rest.Buffer));
    }

    [Fact]
    public async Task Complete_WithAReceiveInFlight_IsSafe()
    {
        var reading = _reader.ReadAsync();
        Assert.False(reading.IsCompleted);

        await _reader.CompleteAsync();
        await SendAsync("late");
        await _wire.Writer.CompleteAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _reader.ReadAsync());
    }

    private static string Text(ReadOnlySequence<byte> bytes) => Encoding.ASCII.GetString(bytes);

    private async Task SendAsync(string text) => await _wire.Writer.WriteAsync(Encoding.ASCII.GetBytes(text));
}
