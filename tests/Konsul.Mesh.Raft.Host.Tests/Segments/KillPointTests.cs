using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.LogFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Segments;

/// <summary>What is left of a write that was cut short must be told from damage.</summary>
public sealed class KillPointTests
{
    private readonly FakeDisk _disk = new();

    /// <summary>File offsets behind each batch.</summary>
    private readonly List<int> _ends = [];

    [Fact]
    public void Recover_EveryPrefixOfTheLastTwoBatches_KeepsExactlyTheCompleteBatches()
    {
        Write(Batch("a", "bb"), Batch("ccc"), Batch("dddd", "", "eeeee"), Batch(new string('f', 1300), "gg"));

        for (var length = _ends[^3]; length <= _ends[^1]; length++)
        {
            var cut = _disk.Copy();
            cut[Wal(1)].Data.AsSpan(length).Clear();
            var machine = new RecordingMachine();

            using (var log = OpenSegments(cut, machine))
            {
                var complete = _ends.Count(e => e <= length) - 1;
                string[][] batches = [["a", "bb"], ["ccc"], ["dddd", "", "eeeee"], [new string('f', 1300), "gg"]];
                Assert.Equal(batches.Take(complete).SelectMany(b => b), machine.Commands);
                Assert.Equal(!_ends.Contains(length) && cut[Wal(1)].Data.Length > 0, cut.Names.Contains(Wal(1) + ".broken"));
                log.Append(9, Batch("after"));
            }

            var again = new RecordingMachine();
            OpenSegments(cut, again).Dispose();
            Assert.Equal([.. machine.Commands, "after"], again.Commands);
        }
    }

    [Fact]
    public void Recover_FileShortenedAtEveryPointOfTheLastBatch_KeepsTheOthers()
    {
        Write(Batch("a"), Batch("b"), Batch("c", "d"));

        for (var length = _ends[^2]; length < _ends[^1]; length++)
        {
            var cut = _disk.Copy();
            cut[Wal(1)].Data = cut[Wal(1)].Data[..length];
            var machine = new RecordingMachine();

            OpenSegments(cut, machine).Dispose();

            Assert.Equal(["a", "b"], machine.Commands);
        }
    }

    [Fact]
    public void Recover_EverySubsetOfSectorsOfTheLastBatchLost_KeepsTheOthers()
    {
        Write(Batch("a"), Batch(new string('b', 2000), new string('\0', 1500)));
        var (start, end) = (_ends[^2], _ends[^1]);
        var sectors = Enumerable.Range(start / 512, (end / 512) - (start / 512) + 1).ToArray();

        for (var lost = 1; lost < 1 << sectors.Length; lost++)
        {
            var torn = _disk.Copy();
            for (var i = 0; i < sectors.Length; i++)
            {
                if ((lost & (1 << i)) != 0)
                {
                    var from = Math.Max(sectors[i] * 512, start);
                    torn[Wal(1)].Data.AsSpan(from, Math.Min((sectors[i] + 1) * 512, end) - from).Clear();
                }
            }

            var machine = new RecordingMachine();
            OpenSegments(torn, machine).Dispose();

            Assert.Equal(["a"], machine.Commands);
        }
    }

    [Fact]
    public void Recover_BytesOfACommandThatLookLikeABatch_AreNotTakenForOne()
    {
        Write(Batch("a"), Batch("b"));
        var inside = _disk[Wal(1)].Data.AsSpan(_ends[^2]..).ToArray();
        var log = OpenSegments(_disk, new RecordingMachine());
        var start = Array.FindLastIndex(_disk[Wal(1)].Data, b => b != 0) + 1;
        log.Append(9, [new byte[] { 1, 2, 3 }, inside.AsMemory(0, 600)]);
        log.Dispose();

        // Only the first sectors of that batch reached the disk.
        _disk[Wal(1)].Data.AsSpan((start + 640) / 8 * 8).Clear();
        var machine = new RecordingMachine();
        OpenSegments(_disk, machine).Dispose();

        Assert.Equal(["a", "b"], machine.Commands);
    }

    private void Write(params List<ReadOnlyMemory<byte>>[] batches)
    {
        using var log = OpenSegments(_disk, new RecordingMachine());
        log.Append(1, []);
        _ends.Add(End());
        foreach (var batch in batches)
        {
            log.Append(1, batch);
            _ends.Add(End());
        }
    }

    private int End() => RecordHeader.Align(Array.FindLastIndex(_disk[Wal(1)].Data, b => b != 0) + 1);
}
