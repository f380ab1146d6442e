using System.Threading.Channels;
using Konsul.Mesh.Wire.Caching;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>Writes the cache beside the stream, never on it: the newest state, at most one write a second.</summary>
internal sealed class CacheWriter : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Channel<HeldResources> _newest = Channel.CreateBounded<HeldResources>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly SnapshotCache _cache;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _writing;

    public CacheWriter(SnapshotCache cache, TimeProvider time, ILogger log)
    {
        (_cache, _time, _log) = (cache, time, log);
        _writing = Task.Run(WriteAsync);
    }

    public void Offer(HeldResources held) => _newest.Writer.TryWrite(held);

    /// <summary>Returns when the last state is written.</summary>
    public async ValueTask DisposeAsync()
    {
        _newest.Writer.TryComplete();
        await _ending.CancelAsync();
        await _writing;
        _ending.Dispose();
    }

    private async Task WriteAsync()
    {
        await foreach (var held in _newest.Reader.ReadAllAsync())
        {
            if (_cache.Write(held.Export()) is { } error)
            {
                _log.LogWarning("{Reason}", error);
            }

            await Task.Delay(Pause, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
