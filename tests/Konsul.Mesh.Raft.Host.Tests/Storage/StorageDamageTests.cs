using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using static Konsul.Mesh.Raft.Host.Tests.LogFixture;
using static Konsul.Mesh.Raft.Host.Tests.Storage.StorageFixture;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Damage to what was durable is found and named: such a node never votes.</summary>
public sealed class StorageDamageTests
{
    private readonly FakeDisk _disk = NewDisk(Small);
    private string _text = "";
    private HardState _hardState;

    [Fact]
    public void Open_EveryBitOrByteFlipped_IsRefusedOrHarmless()
    {
        Fill();
        var (refused, harmless) = (0, 0);
        foreach (var name in _disk.Names.Where(n => n != SnapshotFile.NameOf(20)))
        {
            var end = Array.FindLastIndex(_disk[name].Data, b => b != 0) + 1;
            var used = Math.Min(_disk[name].Data.Length, end + 200);
            var newest = name == Newest();
            // Headers are zeros from 150 to their checksum.
            for (var i = 0; i < used; i += i is > 150 and < FileHeader.Size - 16 ? 11 : 1)
            {
                foreach (var bit in newest && i > used - 600 ? [0, 1, 2, 3, 4, 5, 6, 7] : (int[])[i % 8])
                {
                    var flipped = _disk.Copy();
                    flipped[name].Data[i] ^= (byte)(1 << bit);
                    try
                    {
                        using var storage = StorageFixture.Open(flipped, Small);
                        Assert.True(IsWhole(storage), $"bit {bit} of byte {i} of {name} changed what was stored");
                        Assert.True(i >= end, $"bit {bit} of byte {i} of {name} was not noticed");
                        harmless++;
                    }
                    catch (LogDamagedException e)
                    {
                        Assert.Contains(" is damaged at byte ", e.Message, StringComparison.Ordinal);
                        refused++;
                    }
                }
            }
        }

        Assert.True(refused > 5000 && harmless > 500, $"{refused} refused, {harmless} harmless behind the end of a file");
    }

    [Fact]
    public void Open_AnyFileLost_IsRefusedOrHarmless()
    {
        Fill();
        foreach (var name in _disk.Names)
        {
            var without = _disk.Copy();
            without.Delete($"{StorageFixture.Root}/{name}");
            if (name == SnapshotFile.NameOf(20))
            {
                // Only a fallback, and the log does not reach back to it any more.
                using var storage = StorageFixture.Open(without, Small);
                Assert.True(IsWhole(storage));
                continue;
            }

            var e = Record.Exception(() => StorageFixture.Open(without, Small).Dispose());
            Assert.True(name == "identity" ? e is InvalidOperationException : e is LogDamagedException, $"{name}: {e}");
        }
    }

    [Fact]
    public void Open_OldestSegmentLost_NamesIt()
    {
        Fill();
        var oldest = _disk.Names.First(n => SegmentFile.TryParse(n, out _));
        _disk.Delete($"{StorageFixture.Root}/{oldest}");

        var e = Assert.Throws<LogDamagedException>(() => StorageFixture.Open(_disk, Small));

        Assert.Contains($"the log begins in {oldest}, but this is the oldest segment", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnyTwoFilesOfAKindSwapped_IsRefused()
    {
        Fill();
        foreach (var kind in new[] { "wal", "snap" })
        {
            var names = _disk.Names.Where(n => n.StartsWith(kind, StringComparison.Ordinal)).ToList();
            Assert.True(names.Count > 1);
            for (var i = 0; i < names.Count; i++)
            {
                for (var k = i + 1; k < names.Count; k++)
                {
                    var swapped = _disk.Copy();
                    (swapped[names[i]].Data, swapped[names[k]].Data) = (swapped[names[k]].Data, swapped[names[i]].Data);
                    Assert.Throws<LogDamagedException>(() => StorageFixture.Open(swapped, Small));
                }
            }
        }
    }

    [Fact]
    public void Open_SegmentOfAnotherHistory_IsRefused()
    {
        Fill();
        var other = new StorageDamageTests();
        other.Fill();
        foreach (var name in _disk.Names.Where(n => SegmentFile.TryParse(n, out _)))
        {
            var mixed = _disk.Copy();
            mixed[name].Data = other._disk[name].Data;

            Assert.Throws<LogDamagedException>(() => StorageFixture.Open(mixed, Small));
        }
    }

    /// <summary>Zeros in the very last batch are what a power cut leaves of it; everywhere else they are damage.</summary>
    [Fact]
    public void Open_AnySectorZeroedBeforeTheLastBatch_IsRefused()
    {
        Fill();
        foreach (var name in _disk.Names.Where(n => n != SnapshotFile.NameOf(20)))
        {
            var data = _disk[name].Data;
            var last = name == Newest() ? StartOfLastBatch(data) : data.Length;
            for (var sector = 0; sector + 512 <= last; sector += 512)
            {
                if (!data.AsSpan(sector, 512).ContainsAnyExcept((byte)0))
                {
                    continue;
                }

                var zeroed = _disk.Copy();
                zeroed[name].Data.AsSpan(sector, 512).Clear();
                var e = Record.Exception(() => StorageFixture.Open(zeroed, Small).Dispose());
                Assert.True(e is LogDamagedException, $"{name} at {sector}: {e}");
            }
        }
    }

    [Fact]
    public void Open_AnySectorOfTheLastBatchZeroed_IsTheStateBeforeItAndReported()
    {
        Fill();
        using (var storage = StorageFixture.Open(_disk, Small))
        {
            storage.Append([E(3, 45, new string('x', 3000))]);
        }

        var name = Newest();
        var (start, end) = (StartOfLastBatch(_disk[name].Data), Array.FindLastIndex(_disk[name].Data, b => b != 0) + 1);
        for (var sector = start / 512 * 512; sector < end; sector += 512)
        {
            var zeroed = _disk.Copy();
            zeroed[name].Data.AsSpan(Math.Max(sector, start), Math.Min(512, end - sector)).Clear();
            using var storage = StorageFixture.Open(zeroed, Small);
            Assert.True(IsWhole(storage), $"sector at {sector}");
            Assert.Equal((long)start, storage.Repair.TornOffset);
        }
    }

    [Theory]
    [InlineData((byte)RecordType.Entry, 3, 0, "entry type 3")]
    [InlineData((byte)RecordType.HardState, 1, 0, "HardState flags 1")]
    [InlineData((byte)RecordType.Base, 2, 0, "Base flags 2")]
    [InlineData(6, 0, 0, "record type 6")]
    [InlineData(15, 0, 0, "record type 15")]
    [InlineData((byte)RecordType.Entry, 0, 1, "record version 1")]
    public void Open_RecordOfANewerProgram_StopsByNameAndChangesNothing(byte type, byte flags, ushort version, string named)
    {
        using (var storage = StorageFixture.Open(_disk, Small))
        {
            storage.Append(Range(1, 1, 3), new HardState(1, 1, 1));
        }

        Forge(_disk[Wal(1)].Data, (RecordType)type, flags, version);
        var changes = _disk.Changes;

        var e = Assert.Throws<LogVersionException>(() => StorageFixture.Open(_disk, Small));

        Assert.Contains($"it holds {named}, which this program does not know", e.Message, StringComparison.Ordinal);
        Assert.Equal((Wal(1), changes), (Path.GetFileName(e.File), _disk.Changes));
    }

    [Fact]
    public void Open_FileOfANewerFormat_StopsByName()
    {
        Fill();
        foreach (var name in _disk.Names.Where(n => n != SnapshotFile.NameOf(20)))
        {
            var newer = _disk.Copy();
            var header = newer[name].Data.AsSpan(0, FileHeader.Size);
            header[8] = 3;
            BitConverter.TryWriteBytes(header[^4..], Checksum.Crc32C(header[..^4]));

            var e = Record.Exception(() => StorageFixture.Open(newer, Small).Dispose());

            Assert.True(e is LogVersionException, $"{name}: {e}");
            Assert.Contains("format version 3, expected 2", e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Appends a batch with one record that this program would not write.</summary>
    private static void Forge(byte[] data, RecordType type, byte flags, ushort version)
    {
        var salt = BitConverter.ToUInt64(data, 16);
        var end = RecordHeader.Align(Array.FindLastIndex(data, b => b != 0) + 1);
        Assert.True(RecordHeader.TryRead(data.AsSpan(end - BatchWriter.MarkerSize), salt, out var marker, out var hash));
        var body = new byte[8];
        BatchWriter.Mask(body, salt);
        var record = new RecordHeader(type, flags, 1, 4, marker.Batch + 1, hash, 8, Checksum.Crc32C(body)) { Version = version };
        hash = record.Write(data.AsSpan(end), salt);
        body.CopyTo(data, end + RecordHeader.Size);
        var batch = new BatchWriter();
        batch.Begin(salt, marker.Batch + 1, hash);
        batch.End(1, 4);
        batch.Bytes.CopyTo(data.AsSpan(end + RecordHeader.Footprint(8)));
    }

    private static int StartOfLastBatch(byte[] data)
    {
        var salt = BitConverter.ToUInt64(data, 16);
        var (at, start, batch) = (FileHeader.Size, 0, 0UL);
        while (RecordHeader.TryRead(data.AsSpan(at), salt, out var header, out _))
        {
            (start, batch) = header.Batch == batch ? (start, batch) : (at, header.Batch);
            at += RecordHeader.Footprint(header.BodyLength);
        }

        return start;
    }

    private bool IsWhole(RaftStorage storage) =>
        storage.Text() == _text && storage.HardState == _hardState && storage.State() == "state 30" && storage.Snapshot == new Snapshot(30, 1, Founders);

    private string Newest() => _disk.Names.Last(n => SegmentFile.TryParse(n, out _));

    /// <summary>Three segments or more, two snapshots, a replaced suffix, and a last batch of a vote.</summary>
    private void Fill()
    {
        using var storage = StorageFixture.Open(_disk, Small);
        for (ulong i = 1; i <= 34; i++)
        {
            storage.Append([E(1, i)], new HardState(1, 1, i - 1));
            if (i is 21 or 31)
            {
                storage.TakeSnapshot(i - 1, $"state {i - 1}");
            }
        }

        storage.Append(Range(2, 34, 42), new HardState(2, 2, 33));
        storage.Append(Range(2, 43, 44));
        storage.Append([], new HardState(3, 3, 40));
        (_text, _hardState) = (storage.Text(), storage.HardState);
        Assert.True(_disk.Segments() >= 3, $"{_disk.Segments()} segments");
    }
}
