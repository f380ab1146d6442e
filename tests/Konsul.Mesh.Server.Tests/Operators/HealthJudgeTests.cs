using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Operators;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.TestKit;

namespace Konsul.Mesh.Server.Tests.Operators;

public sealed class HealthJudgeTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly StateStore _store = new();
    private readonly HealthJudge _judge;
    private ImmutableSortedSet<string> _distrusted = [];

    public HealthJudgeTests()
    {
        _judge = new HealthJudge(() => _distrusted, _time);
        Apply(new SetAutopilot { Config = new AutopilotConfig { LastContactThreshold = TimeSpan.FromMilliseconds(200), MaxTrailingLogs = 250 } });
        Apply(new RegisterServer { Server = new ServerMember { Id = ServerId.Format(2), Name = "b", RaftAddress = "10.0.0.2:7000", Version = "1.2" } });
    }

    [Theory]
    [InlineData(200, 750UL, true)]
    [InlineData(201, 1000UL, false)]
    [InlineData(10, 749UL, false)]
    [InlineData(null, 1000UL, false)]
    public void Judge_Follower_IsHealthyInContactAndNotTooFarBehind(int? milliseconds, ulong lastIndex, bool healthy)
    {
        var since = milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : (TimeSpan?)null;

        var health = Judge(Leader(), new MemberStatus(2, true) { LastIndex = lastIndex, SinceContact = since });

        Assert.Equal(healthy, health.Servers[1].IsHealthy);
        Assert.True(health.Servers[0].IsHealthy);
        Assert.Equal(("b", "10.0.0.2:7000", "1.2"), (health.Servers[1].Name, health.Servers[1].Address, health.Servers[1].Version));
    }

    [Fact]
    public void Judge_NoLeader_NobodyIsHealthy()
    {
        var health = Judge(new MemberStatus(1, true) { SinceContact = TimeSpan.Zero }, Follower(2));

        Assert.All(health.Servers, s => Assert.False(s.IsHealthy));
        Assert.False(health.IsHealthy);
    }

    [Fact]
    public void Judge_WrongState_IsNotHealthyHoweverWellItAnswers()
    {
        _distrusted = [ServerId.Format(2)];

        Assert.False(Judge(Leader(), Follower(2), Follower(3)).Servers[1].IsHealthy);
    }

    [Fact]
    public void Judge_StableFor_CountsFromTheChangeOfTheVerdict_WhateverTheClockOnTheWallSays()
    {
        Judge(Leader(), Follower(2));
        _time.Advance(TimeSpan.FromSeconds(7));
        var before = Judge(Leader(), Follower(2)).Servers[1];
        var sick = Judge(Leader(), new MemberStatus(2, true) { LastIndex = 1000 }).Servers[1];
        _time.Advance(TimeSpan.FromSeconds(1));
        var well = Judge(Leader(), Follower(2)).Servers[1];

        Assert.Equal(TimeSpan.FromSeconds(7), before.StableFor);
        Assert.Equal(TimeSpan.Zero, sick.StableFor);
        Assert.Equal(TimeSpan.Zero, well.StableFor);
        Assert.Equal(_time.GetUtcNow(), well.StableSince);
    }

    [Fact]
    public void Judge_ServerThatLeftAndComesAgain_BeginsAnew()
    {
        Judge(Leader(), Follower(2));
        _time.Advance(TimeSpan.FromMinutes(1));
        Judge(Leader());

        Assert.Equal(TimeSpan.Zero, Judge(Leader(), Follower(2)).Servers[1].StableFor);
    }

    [Fact]
    public void Judge_ServersOnAnEtcd_ThoseThatAreThereAreHealthy_AndAllButOneMayGo()
    {
        Apply(new RegisterServer { Server = new ServerMember { Id = "a", Name = "a", RaftAddress = "10.0.0.1:8500" } });
        Apply(new RegisterServer { Server = new ServerMember { Id = "c", Name = "c", RaftAddress = "10.0.0.3:8500" } });
        Apply(new RemoveServer { Id = ServerId.Format(2), MayReturn = true });

        var whole = _judge.Judge("a", new HashSet<string> { "a", "c" }, _store.View.Cluster);
        var partly = _judge.Judge("a", new HashSet<string> { "a" }, _store.View.Cluster);
        var headless = _judge.Judge("", new HashSet<string> { "a", "c" }, _store.View.Cluster);

        Assert.Equal((true, 1), (whole.IsHealthy, whole.FailureTolerance));
        Assert.Equal((false, 0), (partly.IsHealthy, partly.FailureTolerance));
        Assert.Equal(["a"], partly.Servers.Where(s => s.IsHealthy).Select(s => s.Id));
        Assert.False(headless.IsHealthy);
    }

    [Theory]
    [InlineData(3, 3, 1)]
    [InlineData(3, 2, 0)]
    [InlineData(3, 1, 0)]
    [InlineData(5, 5, 2)]
    [InlineData(5, 4, 1)]
    [InlineData(1, 1, 0)]
    [InlineData(4, 4, 1)]
    public void FailureTolerance_IsWhatTheMajorityDoesNotNeed(int voters, int healthy, int tolerance)
    {
        var members = Enumerable.Range(2, voters - 1).Select(i => i <= healthy ? Follower((ulong)i) : new MemberStatus((ulong)i, true));

        Assert.Equal(tolerance, Judge([Leader(), .. members]).FailureTolerance);
    }

    private ClusterHealth Judge(params MemberStatus[] members) => _judge.Judge(new ConsensusStatus { Self = 1, Members = [.. members] }, _store.View.Cluster);

    private static MemberStatus Leader() => new(1, true) { IsLeader = true, LastIndex = 1000, SinceContact = TimeSpan.Zero };

    private static MemberStatus Follower(ulong id) => new(id, true) { LastIndex = 1000, SinceContact = TimeSpan.FromMilliseconds(10) };

    private void Apply(Command command) => _store.Apply(_store.View.Index + 1, CommandCodec.Encode(command));
}
