using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.LogFixture;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>A last batch that did not reach the disk as a whole is cut as a whole: with what it would have replaced still there.</summary>
public sealed class TornWriteTests
{
    private static readonly string Before = string.Join(' ', Range(1, 1, 6).Select(e => $"{e.Term}/{e.Index}"));

    private readonly FakeDisk _disk = NewDisk();
    private readonly int _start;
    private readonly int _end;

    /// <summary>The last batch replaces entries 4 to 6, moves the term, and spans several sectors.</summary>
    public TornWriteTests()
    {
        using var storage = StorageFixture.Open(_disk);
        storage.Append(Range(1, 1, 6), new HardState(1, 1, 2));
        _start = End();
        storage.Append([E(2, 4, new string('x', 1100)), E(2, 5, "")], new HardState(2, 3, 3));
        _end = End();
    }

    [Fact]
    public void Open_EveryPrefixOfTheLastBatch_IsBeforeOrAfterIt()
    {
        for (var length = _start; length <= _end; length++)
        {
            var torn = _disk.Copy();
            torn[Wal(1)].Data.AsSpan(length).Clear();
            Check(torn, whole: length == _end, cut: length > _start && length < _end);
        }
    }

    [Fact]
    public void Open_FileShortenedAtEveryByteOfTheLastBatch_IsBeforeIt()
    {
        for (var length = _start; length < _end; length++)
        {
            var torn = _disk.Copy();
            torn[Wal(1)].Data = torn[Wal(1)].Data[..length];
            Check(torn, whole: false, cut: length > _start);
        }
    }

    [Fact]
    public void Open_EverySubsetOfSectorsOfTheLastBatchLost_IsBeforeIt()
    {
        var sectors = Enumerable.Range(_start / 512, (_end / 512) - (_start / 512) + 1).ToArray();
        Assert.InRange(sectors.Length, 3, 6);
        for (var lost = 1; lost < 1 << sectors.Length; lost++)
        {
            var torn = _disk.Copy();
            for (var i = 0; i < sectors.Length; i++)
            {
                if ((lost & (1 << i)) != 0)
                {
                    var from = Math.Max(sectors[i] * 512, _start);
                    torn[Wal(1)].Data.AsSpan(from, Math.Min((sectors[i] + 1) * 512, _end) - from).Clear();
                }
            }

            Check(torn, whole: false, cut: lost != (1 << sectors.Length) - 1);
        }
    }

    private static void Check(FakeDisk disk, bool whole, bool cut)
    {
        using (var storage = StorageFixture.Open(disk))
        {
            if (whole)
            {
                Assert.Equal((5UL, new HardState(2, 3, 3)), (storage.LastIndex, storage.HardState));
            }
            else
            {
                Assert.Equal((Before, new HardState(1, 1, 2)), (storage.Text(), storage.HardState));
            }

            Assert.Equal(cut ? $"{StorageFixture.Root}/{Wal(1)}" : "", storage.Repair.TornFile);
            Assert.Equal(cut, storage.Repair.TornBytes > 0);
            Assert.Equal(cut, disk.Names.Contains(Wal(1) + ".broken"));
            storage.Append([E(3, 4)], new HardState(3, 3, storage.HardState.Commit));
        }

        using var again = StorageFixture.Open(disk);
        Assert.Equal((4UL, new HardState(3, 3, whole ? 3UL : 2UL)), (again.LastIndex, again.HardState));
    }

    private int End() => RecordHeader.Align(Array.FindLastIndex(_disk[Wal(1)].Data, b => b != 0) + 1);
}
