using Konsul.Mesh.Etcd.Batches;
using Konsul.Mesh.Etcd.Client;
using Konsul.Mesh.Etcd.Tests.Fixtures;
using Konsul.Mesh.Raft.Host;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Etcd.Tests;

public sealed class BatchStoreTests : IAsyncLifetime
{
    private EtcdProcess _etcd = null!;
    private EtcdClient _client = null!;
    private BatchStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _etcd = await EtcdProcess.StartAsync();
        await using (await Node.OpenAsync("a", _etcd))
        {
            // Made the log.
        }

        _client = new EtcdClient(new EtcdConnectionOptions { Endpoints = [_etcd.Address] }, TimeProvider.System, NullLogger.Instance);
        _store = new BatchStore(_client, new LogKeys("/konsul/dc1/"), TimeProvider.System, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_etcd is not null)
        {
            await _etcd.DisposeAsync();
        }
    }

    [Fact]
    public async Task AppendAsync_PlaceIsFree_Appends() => Assert.IsType<AppendOutcome.Appended>(await AppendAsync(2, 1));

    [Fact]
    public async Task AppendAsync_PlaceIsTaken_ShowsWhatIsThere()
    {
        await AppendAsync(2, 1);
        await AppendAsync(3, 2);

        var taken = Assert.IsType<AppendOutcome.Taken>(await AppendAsync(2, 1));

        Assert.Equal([2ul, 3ul], taken.Found.Select(f => _store.Decode(f).First));
    }

    [Fact]
    public async Task AppendAsync_PlaceWasRemoved_DoesNotFillItAgain()
    {
        for (var i = 2ul; i <= 5; i++)
        {
            await AppendAsync(i, i - 1);
        }

        await EtcdCtl.RunAsync(_etcd, "del", "/konsul/dc1/log/", "/konsul/dc1/log/0000000000000005");

        var taken = Assert.IsType<AppendOutcome.Taken>(await AppendAsync(3, 2));

        Assert.Equal([5ul], taken.Found.Select(f => _store.Decode(f).First));
        Assert.Equal(5ul, await _store.FirstAsync(CancellationToken.None));
    }

    [Fact]
    public async Task AppendAsync_LogIsGone_DoesNotBeginAnotherOne()
    {
        await EtcdCtl.RunAsync(_etcd, "del", "/konsul/dc1/log/", "--prefix");

        Assert.Empty(Assert.IsType<AppendOutcome.Taken>(await AppendAsync(2, 1)).Found);
    }

    [Fact]
    public async Task AppendAsync_LargerThanEtcdTakes_IsRefused()
    {
        var refused = Assert.IsType<AppendOutcome.Refused>(await _store.AppendAsync(2, 1, new byte[1600 * 1024], _ => { }, CancellationToken.None));

        Assert.Equal(ProposalRefusal.TooLarge, refused.Refusal);
    }

    [Fact]
    public async Task ReadAsync_MoreThanOneAnswer_SaysSo()
    {
        for (var i = 2ul; i <= 40; i++)
        {
            await AppendAsync(i, i - 1);
        }

        var answer = await _store.ReadAsync(2, CancellationToken.None);

        Assert.True(answer.More);
        Assert.Equal(2ul, _store.Decode(answer.Kvs[0]).First);
    }

    [Fact]
    public async Task WatchAsync_FromACompactedRevision_EndsByName()
    {
        await AppendAsync(2, 1);
        await EtcdCtl.CompactAsync(_etcd);
        var watch = new Protocol.WatchCreateRequest { WatchId = 1, Key = new LogKeys("/konsul/dc1/").Batch(2), StartRevision = 2 };

        var canceled = new List<Protocol.WatchResponse>();
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _client.WatchAsync(
            [watch],
            answer =>
            {
                canceled.Add(answer);
                return answer.Canceled ? throw new Grpc.Core.RpcException(Grpc.Core.Status.DefaultCancelled) : ValueTask.CompletedTask;
            },
            CancellationToken.None));

        Assert.True(canceled[^1].CompactRevision > 2);
    }

    private Task<AppendOutcome> AppendAsync(ulong index, ulong last) =>
        _store.AppendAsync(index, last, BatchCodec.Encode(Guid.NewGuid(), 1, index, ["c"u8.ToArray()], 0), _ => { }, CancellationToken.None);
}
