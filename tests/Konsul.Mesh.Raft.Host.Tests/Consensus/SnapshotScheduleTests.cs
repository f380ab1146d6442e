namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

public sealed class SnapshotScheduleTests
{
    [Theory]
    [InlineData(99, 50, 0, false)]
    [InlineData(100, 50, 0, true)]
    [InlineData(1, 1000, 0, true)]
    [InlineData(100, 50, 100, true)]
    [InlineData(100, 49, 100, false)]
    [InlineData(100_000, 1000, 3000, false)]
    public void IsDue_AfterEnough_ButNotForALittleOfALargeState(int entries, long bytes, long lastSnapshot, bool isDue)
    {
        var schedule = new SnapshotSchedule { Entries = 100, Bytes = 1000 };

        Assert.Equal(isDue, schedule.IsDue(entries, bytes, lastSnapshot));
    }
}
