namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

public sealed class SnapshotScheduleTests
{
    [Theory]
    [InlineData(99, 50, 0, false)]
    [InlineData(100, 50, 0, true)]
    [InlineData(1, 1000, 0, true)]
    [InlineData(100, 50, 204_900, true)]
    [InlineData(100, 49, 204_900, false)]
    [InlineData(1000, 1000, 3_000_000, false)]
    [InlineData(1500, 1000, 3_000_000, true)]
    public void IsDue_AfterEnough_ButNotForALittleOfALargeState(int entries, long bytes, long lastSnapshot, bool isDue)
    {
        var schedule = new SnapshotSchedule { Entries = 100, Bytes = 1000 };

        Assert.Equal(isDue, schedule.IsDue(entries, bytes, lastSnapshot));
    }
}
