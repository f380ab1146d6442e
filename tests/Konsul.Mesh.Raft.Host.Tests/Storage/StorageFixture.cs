using System.Text;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Snapshots;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Raft.Host.Tests.Storage;

/// <summary>Short ways to open storages on a fake disk and to fill them.</summary>
internal static class StorageFixture
{
    public const string Root = "/data";

    public static readonly RaftIdentity Identity = new("c1", 1);

    public static readonly ConfState Founders = new() { Voters = [1, 2, 3] };

    public static RaftStorageOptions Options => new()
    {
        Directory = Root,
        SegmentBytes = 16 * 1024,
        TrailingEntries = 5,
    };

    /// <summary>A few batches per segment.</summary>
    public static RaftStorageOptions Small => Options with { SegmentBytes = FileHeader.Size + 1600 };

    public static FakeDisk NewDisk(RaftStorageOptions? options = null)
    {
        var disk = new FakeDisk();
        RaftStorage.Initialize(options ?? Options, Identity, Founders, TimeProvider.System, disk);
        return disk;
    }

    public static RaftStorage Open(FakeDisk disk, RaftStorageOptions? options = null) =>
        RaftStorage.Open(options ?? Options, TimeProvider.System, NullLogger.Instance, disk);

    public static Entry E(ulong term, ulong index, string? data = null) =>
        new(term, index, EntryType.Normal, Encoding.UTF8.GetBytes(data ?? $"{term}/{index}"));

    public static Entry[] Range(ulong term, ulong from, ulong to) =>
        [.. Enumerable.Range((int)from, (int)(to - from + 1)).Select(i => E(term, (ulong)i))];

    public static List<Entry> Entries(this RaftStorage storage)
    {
        var entries = new List<Entry>();
        if (storage.LastIndex >= storage.FirstIndex)
        {
            Assert.Equal(LogRead.Ok, storage.TryGetEntries(storage.FirstIndex, storage.LastIndex + 1, ulong.MaxValue, entries));
        }

        return entries;
    }

    /// <summary>"term/index" of every entry that can be read, whose data must say the same.</summary>
    public static string Text(this RaftStorage storage)
    {
        var entries = storage.Entries();
        Assert.All(entries, e => Assert.Equal($"{e.Term}/{e.Index}", Encoding.UTF8.GetString(e.Data.Span)));
        return string.Join(' ', entries.Select(e => $"{e.Term}/{e.Index}"));
    }

    public static StagedSnapshot Write(this RaftStorage storage, ulong index, string state, ConfState? members = null)
    {
        storage.TryGetTerm(index, out var term);
        using var writer = storage.BeginSnapshot(new Snapshot(index, term, members ?? Founders));
        writer.Stream.Write(Encoding.UTF8.GetBytes(state));
        return writer.Complete();
    }

    public static void TakeSnapshot(this RaftStorage storage, ulong index, string state, ConfState? members = null)
    {
        Assert.True(storage.CommitSnapshot(storage.Write(index, state, members)));
        storage.DropObsolete();
    }

    public static string State(this RaftStorage storage)
    {
        using var reader = storage.OpenSnapshot();
        return reader is null ? "" : new StreamReader(reader.OpenState()).ReadToEnd();
    }

    /// <summary>What another node would offer, and its content.</summary>
    public static (SnapshotOffer Offer, byte[] Content) Foreign(ulong index, ulong term, string state, ConfState? members = null)
    {
        var disk = NewDisk();
        using var storage = Open(disk);
        storage.Append(Range(term, 1, index), new HardState(term, 0, index));
        storage.TakeSnapshot(index, state, members);

        using var reader = storage.OpenSnapshot()!;
        var content = new byte[reader.Saved.Length];
        Assert.Equal(content.Length, reader.ReadChunk(0, content, out _));
        return (new SnapshotOffer(Identity.ClusterId, reader.Saved), content);
    }

    public static uint Crc(ReadOnlySpan<byte> bytes) => ~Checksum.Crc32C(bytes);

    /// <summary>Receives what is missing, in chunks of so many bytes.</summary>
    public static StagedSnapshot Receive(this RaftStorage storage, SnapshotOffer offer, byte[] content, int chunk = 1000)
    {
        using var receiver = storage.BeginReceive(offer);
        while (!receiver.IsFull)
        {
            var bytes = content.AsSpan((int)receiver.Offset, Math.Min(chunk, content.Length - (int)receiver.Offset));
            receiver.Write(receiver.Offset, bytes, Crc(bytes));
        }

        return receiver.Complete();
    }
}
