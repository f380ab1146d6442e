using System.Text;
using Konsul.Mesh.Raft.Host.Format;
using Konsul.Mesh.Raft.Host.Segments;
using Konsul.Mesh.Raft.Host.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Konsul.Mesh.Raft.Host.Tests;

/// <summary>Short ways to open logs on a fake disk.</summary>
internal static class LogFixture
{
    public const string Root = "/data";

    public static readonly LogIdentity Identity = new("c1", "n1");

    public static SingleNodeLogOptions Options => new()
    {
        Directory = Root,
        ClusterId = Identity.ClusterId,
        NodeId = Identity.NodeId,
        SegmentBytes = 16 * 1024,
        SnapshotEveryEntries = int.MaxValue,
        SnapshotEveryBytes = long.MaxValue,
        TrailingEntries = 10,
    };

    public static Task<SingleNodeLog> OpenAsync(FakeDisk disk, RecordingMachine machine, SingleNodeLogOptions? options = null) =>
        SingleNodeLog.OpenAsync(options ?? Options, machine, disk, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);

    /// <summary>Only the segments, without the owner loop: for placing batches exactly.</summary>
    public static SegmentedLog OpenSegments(FakeDisk disk, RecordingMachine machine, long segmentBytes = 16 * 1024, LogIdentity? identity = null) =>
        new LogRecovery(new LogDirectory(disk, Root, identity ?? Identity, segmentBytes), machine, NullLogger.Instance).Run().Log;

    public static List<ReadOnlyMemory<byte>> Batch(params string[] commands) =>
        [.. commands.Select(c => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(c))];

    public static async Task<Committed> ProposeAsync(this SingleNodeLog log, string command) =>
        await log.ProposeAsync(Encoding.UTF8.GetBytes(command), TestContext.Current.CancellationToken);

    public static string Wal(int sequence) => SegmentFile.NameOf((ulong)sequence);
}
