using System.Globalization;
using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>
/// Who this node is, written once. The file comes last, after the first segment: with it the directory is complete, and a log that is missing
/// was lost; without it nothing has ever been acknowledged.
/// </summary>
internal static class IdentityFile
{
    private const string Name = "identity";

    /// <returns>Null when the directory has none.</returns>
    public static RaftIdentity? Read(ILogFileSystem files, string directory)
    {
        var path = Path.Combine(directory, Name);
        if (!files.List(directory).Contains(Name, StringComparer.Ordinal))
        {
            return null;
        }

        using var file = files.Open(path);
        var bytes = new byte[FileHeader.Size];
        var read = file.ReadAll(0, bytes);
        var (cluster, node) = FileHeader.Read(bytes.AsSpan(0, read), FileHeader.IdentityMagic, path).Identity;
        return ulong.TryParse(node, NumberStyles.None, CultureInfo.InvariantCulture, out var nodeId)
            ? new RaftIdentity(cluster, nodeId)
            : throw new LogDamagedException(path, 0, $"\"{node}\" is no node id.");
    }

    public static LogIdentity ToLog(RaftIdentity identity) => new(identity.ClusterId, identity.NodeId.ToString(CultureInfo.InvariantCulture));

    /// <summary>Makes the first segment, then the identity.</summary>
    public static void Write(LogDirectory directory, ConfState founders)
    {
        directory.RemoveUnfinished();
        RemoveInterrupted(directory);
        using (var log = SegmentedLog.CreateNew(directory))
        {
            log.Append([], [LogBase.Founding(founders).ToRecord(reset: false), HardStateRecord.Of(default)]);
        }

        var temporary = directory.FileOf(Name + LogDirectory.TemporarySuffix);
        using (var file = directory.Files.Create(temporary))
        {
            file.WriteAll(0, new FileHeader(directory.Identity, 0, 0, 0, 0, 0, 0, 0).ToBytes(FileHeader.IdentityMagic));
            file.Sync();
        }

        directory.Files.Rename(temporary, directory.FileOf(Name));
        directory.Sync();
    }

    /// <summary>A first segment without an entry is what an interrupted start leaves; anything else has lost its identity.</summary>
    private static void RemoveInterrupted(LogDirectory directory)
    {
        var names = directory.Files.List(directory.Path);
        if (names.FirstOrDefault(n => SnapshotLike(n) || (SegmentFile.TryParse(n, out var s) && s > 1)) is { } foreign)
        {
            throw Lost(directory, foreign);
        }

        var first = SegmentFile.NameOf(1);
        if (!names.Contains(first, StringComparer.Ordinal))
        {
            return;
        }

        var path = directory.FileOf(first);
        FileHeader header;
        using (var file = directory.Files.Open(path))
        {
            var bytes = new byte[FileHeader.Size];
            header = FileHeader.Read(bytes.AsSpan(0, file.ReadAll(0, bytes)), FileHeader.SegmentMagic, path);
        }

        var found = new StorageReplay(0);
        var replay = SegmentReplay.Run(directory with { Identity = header.Identity }, new SegmentRun([path], []), found);
        if (replay.Position.NextBatch > 2 || found.Entries.LastIndex > 0)
        {
            throw Lost(directory, first);
        }

        directory.Files.Delete(path);
        directory.Sync();
    }

    private static bool SnapshotLike(string name) => name.EndsWith(".snap", StringComparison.Ordinal);

    private static LogDamagedException Lost(LogDirectory directory, string name) =>
        new(directory.FileOf(Name), 0, $"it is missing, although {name} shows that this directory was in use.");
}
