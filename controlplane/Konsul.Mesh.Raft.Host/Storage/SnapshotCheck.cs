using Konsul.Mesh.Raft.Host.Snapshots;

namespace Konsul.Mesh.Raft.Host.Storage;

/// <summary>
/// Whether the file of a snapshot is the one that the log names, all of it. The newest file is read while the log still is: mostly it is the one.
/// </summary>
internal sealed class SnapshotCheck
{
    private readonly LogDirectory _directory;
    private readonly ulong _newest;
    private readonly Task<(SavedSnapshot? Found, LogDamagedException? Damage)>? _early;

    private SnapshotCheck(LogDirectory directory, ulong newest)
    {
        (_directory, _newest) = (directory, newest);
        _early = directory.IsConcurrent && newest > 0 ? Task.Run(() => Read(newest)) : null;
    }

    public static SnapshotCheck OfNewest(LogDirectory directory) =>
        new(directory, directory.Files.List(directory.Path).Select(n => SnapshotFile.TryParse(n, out var index) ? index : 0).DefaultIfEmpty().Max());

    /// <returns>Null for a good one, and for none.</returns>
    public LogDamagedException? WhyBad(SavedSnapshot named)
    {
        if (named.Meta.IsEmpty)
        {
            return null;
        }

        var name = SnapshotFile.NameOf(named.Meta.Index);
        if (!_directory.Files.List(_directory.Path).Contains(name, StringComparer.Ordinal))
        {
            return new LogDamagedException(_directory.FileOf(name), 0, "the log begins with this snapshot, but the file is missing.");
        }

        var (found, damage) = _early is not null && named.Meta.Index == _newest ? _early.GetAwaiter().GetResult() : Read(named.Meta.Index);
        return damage is not null || found == named ? damage : new LogDamagedException(
            _directory.FileOf(name), 0, $"it holds {found?.Sha256}, the log begins with {named.Sha256}: it is another one.");
    }

    private (SavedSnapshot? Found, LogDamagedException? Damage) Read(ulong index)
    {
        try
        {
            using var reader = SnapshotReader.Open(_directory, index);
            reader.Verify();
            return (reader.Saved, null);
        }
        catch (LogDamagedException e)
        {
            return (null, e);
        }
    }
}
