using Konsul.Mesh.Raft.Host.Peers.Streams;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

public sealed class OutboundQueueTests
{
    [Fact]
    public async Task Heartbeats_ThatGatherForAServerThatIsAway_AreNotAllSentWhenItIsBack()
    {
        var queue = new OutboundQueue(maxMessages: 4096, maxBytes: 1 << 20);
        for (var i = 1UL; i <= 1000; i++)
        {
            queue.Add(PeerNode.Heartbeat(i));
        }

        var sent = await queue.TakeAsync(TestContext.Current.CancellationToken);

        Assert.InRange(sent.Count, 1, 10);
        Assert.Equal(1000UL, sent[^1].Context);
    }

    [Fact]
    public async Task OtherMessages_BehindHeartbeats_AllStayInTheirOrder()
    {
        var queue = new OutboundQueue(maxMessages: 4096, maxBytes: 1 << 20);
        for (var i = 1UL; i <= 100; i++)
        {
            queue.Add(PeerNode.Heartbeat(i));
            queue.Add(new Message { Type = MessageType.ReadIndex, Term = 1, Index = i });
        }

        var sent = await queue.TakeAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(1, 100).Select(i => (ulong)i), sent.Where(m => m.Type == MessageType.ReadIndex).Select(m => m.Index));
    }
}
