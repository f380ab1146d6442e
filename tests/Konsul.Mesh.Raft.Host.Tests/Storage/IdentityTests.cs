using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Who a directory belongs to.</summary>
public sealed class IdentityTests
{
    [Fact]
    public void Open_NeverInitialized_SaysSo()
    {
        var e = Assert.Throws<InvalidOperationException>(() => Open(new FakeDisk()));

        Assert.Contains("bootstrap a cluster or join one", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Initialize_Twice_IsRefusedByName()
    {
        var disk = NewDisk();

        var e = Assert.Throws<InvalidOperationException>(
            () => RaftStorage.Initialize(Options, new RaftIdentity("c2", 9), ConfState.Empty, TimeProvider.System, disk));

        Assert.Contains("c1", e.Message, StringComparison.Ordinal);
        Assert.Contains("c2", e.Message, StringComparison.Ordinal);
        using var storage = Open(disk);
        Assert.Equal(Identity, storage.Identity);
    }

    [Theory]
    [InlineData("", 1UL)]
    [InlineData("c1", 0UL)]
    public void Initialize_NoIdentity_IsRefused(string cluster, ulong node) => Assert.ThrowsAny<ArgumentException>(
        () => RaftStorage.Initialize(Options, new RaftIdentity(cluster, node), ConfState.Empty, TimeProvider.System, new FakeDisk()));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Initialize_PowerCutAtEveryOperation_CanBeDoneAgainWithAnotherIdentity(int seed)
    {
        var joined = new RaftIdentity("c2", 7);
        for (var at = 1; ; at++)
        {
            var disk = new FakeDisk();
            disk.OnOperation = _ =>
            {
                if (disk.Operations >= at)
                {
                    throw new IOException("power cut", 5);
                }
            };
            var finished = Record.Exception(() => RaftStorage.Initialize(Options, Identity, Founders, TimeProvider.System, disk)) is null;
            var after = disk.AfterPowerCut(new Random((seed * 1000) + at));
            var identity = IdentityFile.Read(after, Root);
            if (identity is null)
            {
                Assert.False(finished);
                RaftStorage.Initialize(Options, joined, Founders, TimeProvider.System, after);
            }

            using (var storage = Open(after))
            {
                Assert.Equal(identity ?? joined, storage.Identity);
                storage.Append([E(1, 1)], new HardState(1, 1, 1));
            }

            if (finished)
            {
                Assert.True(at > 8, $"{at} operations");
                break;
            }
        }
    }

    [Fact]
    public void Open_FilesOfAnotherNodeOrCluster_AreRefusedByName()
    {
        foreach (var other in new[] { new RaftIdentity("c1", 2), new RaftIdentity("c9", 1) })
        {
            var (mine, foreign) = (NewDisk(), new FakeDisk());
            RaftStorage.Initialize(Options, other, Founders, TimeProvider.System, foreign);
            mine[LogFixture.Wal(1)].Data = foreign[LogFixture.Wal(1)].Data;

            var e = Assert.Throws<LogDamagedException>(() => Open(mine));

            Assert.Contains(
                $"belongs to cluster \"{other.ClusterId}\", node \"{other.NodeId}\", expected cluster \"c1\", node \"1\"", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_IdentityOfAnotherNode_IsRefused()
    {
        var (mine, foreign) = (NewDisk(), new FakeDisk());
        RaftStorage.Initialize(Options, new RaftIdentity("c1", 2), Founders, TimeProvider.System, foreign);
        mine["identity"].Data = foreign["identity"].Data;

        Assert.Throws<LogDamagedException>(() => Open(mine));
    }

    [Fact]
    public void Open_IdentityWithoutALog_IsNoNewNode()
    {
        var disk = NewDisk();
        disk.Delete($"{Root}/{LogFixture.Wal(1)}");

        Assert.Contains("files are missing", Assert.Throws<LogDamagedException>(() => Open(disk)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Initialize_LogWithoutAnIdentity_IsNotOverwritten()
    {
        var disk = NewDisk();
        using (var storage = Open(disk))
        {
            storage.Append([], new HardState(1, 1, 0));
        }

        disk.Delete($"{Root}/identity");

        var e = Assert.Throws<LogDamagedException>(() => RaftStorage.Initialize(Options, Identity, Founders, TimeProvider.System, disk));
        Assert.Contains("shows that this directory was in use", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Twice_SaysWhoHoldsTheDirectory()
    {
        var disk = NewDisk();
        using var storage = Open(disk);

        Assert.Contains("held by another process", Assert.Throws<IOException>(() => Open(disk)).Message, StringComparison.Ordinal);
    }
}
