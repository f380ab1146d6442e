using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.State.Authority;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests;

public sealed class StateDigestTests
{
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Of_AfterAnyCommands_IsThatOfTheSameStateCountedFromTheStart(int seed)
    {
        var store = new StateStore();
        ulong index = 0;
        var seen = new HashSet<UInt128>();
        foreach (var command in new RandomCommands(seed).Take(900))
        {
            var changed = store.Apply(++index, command).Changed;
            Assert.Equal(changed, seen.Add(StateDigest.Of(store.View)) && changed);
            if (index % 50 == 0)
            {
                Assert.Equal(StateDigest.Of(Restored(store.View).View), StateDigest.Of(store.View));
            }
        }
    }

    [Fact]
    public void Of_OneRowThatDiffers_DiffersForGood()
    {
        var (a, b) = (new StoreFixture(), new StoreFixture());
        a.Set("k", "1");
        b.Set("k", "2");
        var atOnce = (StateDigest.Of(a.View), StateDigest.Of(b.View));
        for (var i = 0; i < 100; i++)
        {
            a.Set($"other-{i}", "x");
            b.Set($"other-{i}", "x");
        }

        Assert.NotEqual(atOnce.Item1, atOnce.Item2);
        Assert.NotEqual(StateDigest.Of(a.View), StateDigest.Of(b.View));
    }

    [Fact]
    public void Of_EveryKindOfRow_Counts()
    {
        var fixture = new StoreFixture();
        var seen = new HashSet<UInt128> { StateDigest.Of(fixture.View) };
        Command[] commands =
        [
            new Register { Node = NodeOf() },
            new Register { Node = NodeOf(), Services = [Service("api")] },
            new Register { Node = NodeOf(), Checks = [Check("c")] },
            new KvSet { Key = "a", Value = new byte[] { 1 } },
            new KvSet { Key = "a", Value = new byte[] { 1 }, Flags = 7 },
            new KvDelete { Key = "a" },
            new UpsertIntention { Intention = IntentionOf("web", "api") },
            new InitializeCa { ClusterId = Guid.NewGuid(), Roots = [Root("r")] },
            new RegisterServer { Server = new ServerMember { Id = "01", Name = "s", RaftAddress = "h:1" } },
            new RemoveServer { Id = "01" },
            new SetAutopilot { Config = new AutopilotConfig { MinQuorum = 3 } },
            new KvSet { Key = "a", Ttl = TimeSpan.FromSeconds(1) },
            new CreateSession { Session = new Session { Id = "s", Node = "n1", Ttl = TimeSpan.FromSeconds(10), LockDelay = TimeSpan.FromSeconds(1) } },
            new RenewSession { Key = "s" },
            new KvLock { Key = "a", Session = "s" },
            new KvSet { Key = "a", Value = new byte[] { 2 } },
            new DestroySession { Key = "s" },
            new StagePiece { Upload = "u", Number = 0, Bytes = new byte[] { 1, 2 } },
        ];

        Assert.All(commands, command =>
        {
            fixture.Do(command);
            Assert.True(seen.Add(StateDigest.Of(fixture.View)), $"{command.GetType().Name} left the digest as it was");
        });
    }

    private static StateStore Restored(StateView view)
    {
        var (stream, store) = (new MemoryStream(), new StateStore());
        StateStore.WriteSnapshot(view, stream);
        stream.Position = 0;
        store.Restore(stream);
        return store;
    }
}
