using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.LogFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Segments;

/// <summary>Damage to what was acknowledged is found and named, never repaired away.</summary>
public sealed class DamageTests
{
    private readonly FakeDisk _disk = new();
    private readonly List<string> _written = [];

    [Fact]
    public void Recover_EveryBitFlipped_IsRefusedOrHarmless()
    {
        Fill(entries: 12, segmentBytes: FileHeader.Size + 900);
        Assert.Equal(3, _disk.Names.Count);
        var (refused, harmless) = (0, 0);

        foreach (var name in _disk.Names)
        {
            var used = Math.Min(_disk[name].Data.Length, Array.FindLastIndex(_disk[name].Data, b => b != 0) + 200);
            for (var i = 0; i < used; i++)
            {
                // Every bit of what recovery must judge, the last batch; elsewhere one per byte.
                foreach (var bit in name == _disk.Names[^1] && i > used - 500 ? [0, 1, 2, 3, 4, 5, 6, 7] : (int[])[i % 8])
                {
                    var flipped = _disk.Copy();
                    flipped[name].Data[i] ^= (byte)(1 << bit);
                    var machine = new RecordingMachine();
                    try
                    {
                        OpenSegments(flipped, machine).Dispose();
                        Assert.True(_written.SequenceEqual(machine.Commands), $"bit {bit} of byte {i} of {name} changed the commands");
                        harmless++;
                    }
                    catch (LogDamagedException e)
                    {
                        Assert.Equal(name, Path.GetFileName(e.File));
                        Assert.StartsWith($"{Root}/{name} is damaged at byte {e.Offset}: ", e.Message, StringComparison.Ordinal);
                        refused++;
                    }
                }
            }
        }

        Assert.True(refused > 10 * harmless, $"{refused} refused, {harmless} harmless");
    }

    [Fact]
    public void Recover_BadRecordBeforeGoodBatches_NamesFileOffsetAndWhatFollows()
    {
        Fill(entries: 5, segmentBytes: 16 * 1024);
        var at = Find(_disk[Wal(1)].Data, 2);
        _disk[Wal(1)].Data[at] ^= 1;

        var e = Assert.Throws<LogDamagedException>(() => OpenSegments(_disk, new RecordingMachine()));

        Assert.InRange(e.Offset, at - 8, at);
        Assert.Contains("checksum of the Entry record 2", e.Message, StringComparison.Ordinal);
        Assert.Contains("which was written after this one was durable", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Recover_SegmentMissing_IsRefused(int missing)
    {
        Fill(entries: 12, segmentBytes: FileHeader.Size + 900);
        _disk.Delete($"{Root}/{Wal(missing)}");

        var e = Assert.Throws<LogDamagedException>(() => OpenSegments(_disk, new RecordingMachine()));

        Assert.Contains("missing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_SegmentsSwapped_IsRefused()
    {
        Fill(entries: 12, segmentBytes: FileHeader.Size + 900);
        (_disk[Wal(1)].Data, _disk[Wal(2)].Data) = (_disk[Wal(2)].Data, _disk[Wal(1)].Data);

        Assert.Throws<LogDamagedException>(() => OpenSegments(_disk, new RecordingMachine()));
    }

    [Fact]
    public void Recover_SegmentOfAnotherHistory_IsRefused()
    {
        Fill(entries: 12, segmentBytes: FileHeader.Size + 900);
        var other = new DamageTests();
        other.Fill(entries: 12, segmentBytes: FileHeader.Size + 900, salt: "other ");
        _disk[Wal(2)].Data = other._disk[Wal(2)].Data;

        var e = Assert.Throws<LogDamagedException>(() => OpenSegments(_disk, new RecordingMachine()));

        Assert.Contains("another history", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_EndOfAnInnerSegmentGone_IsRefused()
    {
        Fill(entries: 12, segmentBytes: FileHeader.Size + 900);
        _disk[Wal(2)].Data.AsSpan(FileHeader.Size + 300).Clear();

        Assert.Equal(Wal(2), Path.GetFileName(Assert.Throws<LogDamagedException>(() => OpenSegments(_disk, new RecordingMachine())).File));
    }

    [Theory]
    [InlineData("c2", "n1")]
    [InlineData("c1", "n2")]
    public void Recover_ForeignDirectory_NamesBothOwners(string cluster, string node)
    {
        Fill(entries: 1, segmentBytes: 16 * 1024);

        var e = Assert.Throws<LogDamagedException>(() => OpenSegments(_disk, new RecordingMachine(), identity: new LogIdentity(cluster, node)));

        Assert.Contains($"belongs to cluster \"c1\", node \"n1\", expected cluster \"{cluster}\", node \"{node}\"", e.Message, StringComparison.Ordinal);
    }

    private static int Find(byte[] data, ulong index)
    {
        var at = FileHeader.Size;
        while (data[at + 4] != (byte)RecordType.Entry || BitConverter.ToUInt64(data, at + 16) != index)
        {
            at += RecordHeader.Footprint(BitConverter.ToInt32(data, at));
        }

        return at + RecordHeader.Size;
    }

    private void Fill(int entries, long segmentBytes, string salt = "")
    {
        using var log = OpenSegments(_disk, new RecordingMachine(), segmentBytes);
        log.Append(1, []);
        for (var i = 0; i < entries; i++)
        {
            _written.Add($"{salt}command {i}");
            log.Append(1, Batch(_written[^1]));
        }
    }
}
