using Konsul.Mesh.Raft.Host.Files;
using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>
/// A segment in memory, without the zeros behind its last byte. <see cref="Bytes"/> is a multiple of 8 long and starts at file offset 0.
/// </summary>
internal sealed class SegmentImage
{
    private const int Chunk = 256 * 1024;

    private SegmentImage(string path, FileHeader header, byte[] bytes) => (Path, Header, Bytes) = (path, header, bytes);

    public string Path { get; }

    public FileHeader Header { get; }

    public byte[] Bytes { get; }

    /// <summary>
    /// What is on the disk, not what memory says is there: a process that was killed may have left a batch that was never synced, and after a
    /// failed sync the kernel shows pages that the disk never took.
    /// </summary>
    public static SegmentImage Load(LogDirectory directory, string path)
    {
        using var file = directory.Files.Open(path);
        file.Sync();
        file.DropCache();
        var header = new byte[FileHeader.Size];
        var read = file.ReadAll(0, header);
        var parsed = FileHeader.Read(header.AsSpan(0, read), FileHeader.SegmentMagic, directory.Identity, path);
        var end = LastNonZero(file);
        var bytes = new byte[Math.Max(FileHeader.Size, RecordHeader.Align(checked((int)end)))];
        file.ReadAll(0, bytes);
        return new SegmentImage(path, parsed, bytes);
    }

    private static long LastNonZero(ILogFile file)
    {
        var end = file.Length;
        var buffer = new byte[Math.Min(Chunk, end)];
        while (end > 0)
        {
            var size = (int)Math.Min(buffer.Length, end);
            var read = file.ReadAll(end - size, buffer.AsSpan(0, size));
            var last = buffer.AsSpan(0, read).LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
            {
                return end - size + last + 1;
            }

            end -= size;
        }

        return 0;
    }
}
