using Konsul.Mesh.Raft.Host.Segments;

namespace Konsul.Mesh.Raft.Host.Tests;

/// <summary>Names of files of a log on a fake disk.</summary>
internal static class LogFixture
{
    public const string Root = "/data";

    public static string Wal(int sequence) => SegmentFile.NameOf((ulong)sequence);
}
