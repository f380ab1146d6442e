using Konsul.Mesh.Raft.Host.Segments;

namespace Konsul.Mesh.Raft.Host.Tests.Disk;

internal static class FakeDiskExtensions
{
    public static int Segments(this FakeDisk disk) => disk.Names.Count(n => SegmentFile.TryParse(n, out _));
}
