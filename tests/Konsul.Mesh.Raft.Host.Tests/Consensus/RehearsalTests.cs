using Konsul.Mesh.Raft.Host.Consensus;

namespace Konsul.Mesh.Raft.Host.Tests.Consensus;

public sealed class RehearsalTests
{
    /// <summary>Else it would end early and leave the code of a leader uncompiled.</summary>
    [Fact]
    public void Rehearsal_PlaysToItsEnd_EveryWriteIsApplied()
    {
        var (written, begun) = Rehearsal.Run();

        Assert.Equal(begun, written);
    }
}
