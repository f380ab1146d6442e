using Konsul.Mesh.State.Cluster;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.State.Events;
using static Konsul.Mesh.State.Tests.StoreFixture;

namespace Konsul.Mesh.State.Tests.Cluster;

public sealed class ClusterTests
{
    private readonly StoreFixture _fixture = new();

    [Fact]
    public void RegisterServer_Again_ChangesAddressOnly()
    {
        _fixture.Do(new RegisterServer { Server = Server("b") });
        _fixture.Do(new RegisterServer { Server = Server("a") });
        var before = _fixture.View.Cluster.Index;

        var same = _fixture.Do(new RegisterServer { Server = Server("a") });
        var moved = _fixture.Do(new RegisterServer { Server = Server("a") with { RaftAddress = "10.0.0.9:7000" } });

        Assert.False(same.Changed);
        Assert.True(moved.Changed);
        Assert.True(_fixture.View.Cluster.Index > before);
        Assert.Equal(["a", "b"], _fixture.View.Cluster.Servers.Select(s => s.Id));
        Assert.Equal("10.0.0.9:7000", _fixture.View.Cluster.Server("a")!.RaftAddress);
    }

    [Fact]
    public void RemoveServer_Twice_IsNoError()
    {
        _fixture.Do(new RegisterServer { Server = Server("a") });

        Assert.True(_fixture.Do(new RemoveServer { Id = "a" }).Changed);
        Assert.False(_fixture.Do(new RemoveServer { Id = "a" }).Changed);
        Assert.Empty(_fixture.View.Cluster.Servers);
        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(new RegisterServer { Server = Server("a") }).Failure);
        var again = new StateStore();
        again.Restore(new MemoryStream(SnapshotOf(_fixture.View)));
        Assert.True(again.View.Cluster.IsRemoved("a"));
    }

    [Theory]
    [InlineData("", "n", "h:1")]
    [InlineData("a", "", "h:1")]
    [InlineData("a", "n", "")]
    public void RegisterServer_WithoutAPart_IsRefused(string id, string name, string address)
    {
        var result = _fixture.Try(new RegisterServer { Server = new ServerMember { Id = id, Name = name, RaftAddress = address } });

        Assert.Equal(ApplyFailure.Invalid, result.Failure);
    }

    [Fact]
    public void Restore_InPieces_BringsBackTheOldContentUnderHigherIndexes_AndKeepsTheServers()
    {
        _fixture.Do(new KvSet { Key = "old", Value = "1"u8.ToArray() });
        var snapshot = SnapshotOf(_fixture.View);
        var other = new StoreFixture();
        other.Do(new RegisterServer { Server = Server("here") });
        other.Do(new KvSet { Key = "new", Value = "2"u8.ToArray() });
        using var watch = other.Store.Watch(Topic.KvKey("unrelated"));

        Stage(other, "u1", snapshot, pieces: 3);
        var result = other.Do(Restoring("u1", snapshot, 3));

        Assert.True(result.Success, result.Reason);
        Assert.Null(other.View.Kv.Get("new"));
        Assert.NotNull(other.View.Kv.Get("old"));
        Assert.Equal(["here"], other.View.Cluster.Servers.Select(s => s.Id));
        Assert.True(other.View.Index > _fixture.View.Index);
        Assert.True(watch.HasFired);
        var index = other.View.Index;
        Assert.True(other.Do(new KvSet { Key = "next" }).Index > index);
    }

    [Fact]
    public void Restore_OfAStateFarAhead_KeepsIndexesAboveItsOwn_AlsoThroughASnapshot()
    {
        for (var i = 0; i < 200; i++)
        {
            _fixture.Do(new KvSet { Key = "k", Value = new[] { (byte)i } });
        }

        var snapshot = SnapshotOf(_fixture.View);
        var young = new StoreFixture();
        Stage(young, "u", snapshot, pieces: 1);
        young.Do(Restoring("u", snapshot, 1));
        var again = new StateStore();
        again.Restore(new MemoryStream(SnapshotOf(young.View)));
        var next = CommandCodec.Encode(new KvSet { Key = "after", Value = "x"u8.ToArray() });

        var here = young.Store.Apply(young.Index + 1, next);
        var there = again.Apply(young.Index + 1, next);

        Assert.True(here.Index > _fixture.View.Index);
        Assert.Equal(here.Index, there.Index);
        Assert.Equal(StateHash.Compute(young.View), StateHash.Compute(again.View));
    }

    [Fact]
    public void Restore_WithAPieceMissingOrAnotherUpload_IsRefusedAndChangesNothing()
    {
        _fixture.Do(new KvSet { Key = "kept" });
        var snapshot = SnapshotOf(_fixture.View);
        Stage(_fixture, "u1", snapshot, pieces: 3);

        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(Restoring("u1", snapshot, 2)).Failure);
        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(Restoring("u2", snapshot, 3)).Failure);
        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(new StagePiece { Upload = "u1", Number = 7, Bytes = new byte[1] }).Failure);
        Assert.Equal(ApplyFailure.Invalid, _fixture.Try(Restoring("u1", snapshot, 3) with { Sha256 = new string('0', 64) }).Failure);
        Assert.NotNull(_fixture.View.Kv.Get("kept"));
    }

    [Fact]
    public void Restore_OfGarbage_IsRefusedWithTheOffset()
    {
        byte[] garbage = [.. Enumerable.Range(0, 500).Select(i => (byte)i)];
        Stage(_fixture, "u", garbage, pieces: 2);

        var result = _fixture.Try(Restoring("u", garbage, 2));

        Assert.Equal(ApplyFailure.Invalid, result.Failure);
        Assert.Contains("at byte 0", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void StagePiece_OfAnotherUpload_DropsTheFirst()
    {
        _fixture.Do(new StagePiece { Upload = "u1", Number = 0, Bytes = new byte[10] });
        _fixture.Do(new StagePiece { Upload = "u1", Number = 1, Bytes = new byte[10] });
        _fixture.Do(new StagePiece { Upload = "u2", Number = 0, Bytes = new byte[10] });

        Assert.Equal(ApplyFailure.Conflict, _fixture.Try(new StagePiece { Upload = "u1", Number = 2, Bytes = new byte[10] }).Failure);
        Assert.True(_fixture.Try(new StagePiece { Upload = "u2", Number = 1, Bytes = new byte[10] }).Success);
    }

    [Fact]
    public void Snapshot_InTheMiddleOfARestore_CarriesThePieces()
    {
        var snapshot = SnapshotOf(_fixture.View);
        Stage(_fixture, "u", snapshot, pieces: 2);
        var other = new StateStore();
        other.Restore(new MemoryStream(SnapshotOf(_fixture.View)));

        var result = other.Apply(_fixture.Index + 1, CommandCodec.Encode(Restoring("u", snapshot, 2)));

        Assert.True(result.Success, result.Reason);
    }

    [Fact]
    public void SetAutopilot_WithAnOldIndex_IsNotWritten()
    {
        var first = _fixture.Do(new SetAutopilot { Config = new AutopilotConfig { MaxTrailingLogs = 7 }, Cas = 0 });
        var lost = _fixture.Do(new SetAutopilot { Config = new AutopilotConfig { MaxTrailingLogs = 8 }, Cas = 0 });
        var won = _fixture.Do(new SetAutopilot { Config = new AutopilotConfig { MaxTrailingLogs = 9 }, Cas = first.Index });

        Assert.False(lost.CasHeld);
        Assert.Equal((9UL, first.Index, won.Index), Shown(_fixture.View));
        var again = new StateStore();
        again.Restore(new MemoryStream(SnapshotOf(_fixture.View)));
        Assert.Equal((9UL, first.Index, won.Index), Shown(again.View));

        static (ulong, ulong, ulong) Shown(StateView view) =>
            (view.Cluster.Autopilot.MaxTrailingLogs, view.Cluster.Autopilot.CreateIndex, view.Cluster.Autopilot.ModifyIndex);
    }

    private static ServerMember Server(string id) => new() { Id = id, Name = $"node-{id}", RaftAddress = "10.0.0.1:7000" };

    private static byte[] SnapshotOf(StateView view)
    {
        using var stream = new MemoryStream();
        StateStore.WriteSnapshot(view, stream);
        return stream.ToArray();
    }

    private static void Stage(StoreFixture fixture, string upload, byte[] bytes, int pieces)
    {
        var size = (bytes.Length + pieces - 1) / pieces;
        for (var i = 0; i < pieces; i++)
        {
            fixture.Do(new StagePiece { Upload = upload, Number = i, Bytes = bytes.AsMemory(i * size, Math.Min(size, bytes.Length - (i * size))) });
        }
    }

    private static RestoreStaged Restoring(string upload, byte[] bytes, int pieces) => new()
    {
        Upload = upload,
        Pieces = pieces,
        Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)),
    };
}
