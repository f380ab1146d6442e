using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Tests.Replication;

public sealed class InflightsTests
{
    [Fact]
    public void Add_AgainstASimpleQueue_CountsTheSame()
    {
        var dice = new SeededJitter(1);
        var window = new Inflights(maxMessages: 5, maxBytes: 100);
        var model = new Queue<(ulong Index, ulong Bytes)>();
        var index = 0UL;
        for (var i = 0; i < 5000; i++)
        {
            if (!window.IsFull && dice.Next(2) == 0)
            {
                index += 1 + (ulong)dice.Next(3);
                var bytes = (ulong)dice.Next(60);
                window.Add(index, bytes);
                model.Enqueue((index, bytes));
            }
            else
            {
                var upTo = index - Math.Min(index, (ulong)dice.Next(8));
                window.FreeUpTo(upTo);
                while (model.TryPeek(out var first) && first.Index <= upTo)
                {
                    model.Dequeue();
                }
            }

            Assert.Equal(model.Count, window.Count);
            Assert.Equal(model.Aggregate(0UL, (sum, m) => sum + m.Bytes), window.Bytes);
            Assert.Equal(model.Count == 5 || window.Bytes >= 100, window.IsFull);
        }
    }

    [Fact]
    public void IsFull_NoLimitOfBytes_CountsMessagesOnly()
    {
        var window = new Inflights(maxMessages: 2, maxBytes: 0);
        window.Add(1, ulong.MaxValue / 4);
        Assert.False(window.IsFull);
        window.Add(2, 1);
        Assert.True(window.IsFull);
        window.Clear();
        Assert.Equal((0, 0UL), (window.Count, window.Bytes));
    }
}
