namespace Konsul.Mesh.Simulation.Faults;

/// <summary>Plans with one kind of trouble, for what a plan that is drawn reaches only now and then.</summary>
internal static class FocusedPlans
{
    private static readonly FaultPlan Busy = new() { Clients = 4, ThinkMilliseconds = 3, OperationsPerClient = 60, FaultMilliseconds = 3000, ElectionTicks = 10, HeartbeatTicks = 2 };

    /// <summary>Servers come and go, while next to nothing is written that would make a commit index durable by the way.</summary>
    public static FaultPlan Removals { get; } = new()
    {
        Clients = 1,
        ThinkMilliseconds = 500,
        OperationsPerClient = 5,
        ElectionTicks = 10,
        HeartbeatTicks = 2,
        FaultMilliseconds = 8000,
        ChangeEvery = 120,
        KillEvery = 900,
    };

    /// <summary>Leaders change while much is on its way to them.</summary>
    public static FaultPlan Deposals { get; } = Busy with { PartitionEvery = 150, TransferEvery = 150, MaxDelayMicroseconds = 20_000, ForwardLoss = 0.2, DelaySpike = 0.05 };

    /// <summary>Power fails in the middle of writes.</summary>
    public static FaultPlan TornWrites { get; } = Busy with { Keys = 4, OperationsPerClient = 30, CrashInOperationEvery = 100, PowerCutEvery = 200, MaxSyncMicroseconds = 10_000 };

    /// <summary>Entries are replaced while the disk is slow, so that those of two leaders meet in front of it.</summary>
    public static FaultPlan SlowDisks { get; } = Deposals with { DiskStall = 0.05, MaxSyncMicroseconds = 20_000 };

    /// <summary>Elections with disks that stand still, and power that fails before they go on.</summary>
    public static FaultPlan SlowElections { get; } = Busy with
    {
        ThinkMilliseconds = 20,
        DiskStall = 0.05,
        KillEvery = 250,
        PowerCutEvery = 120,
        TransferEvery = 100,
        MaxSyncMicroseconds = 50_000,
    };

    /// <summary>Everybody takes snapshots at other places and gets behind.</summary>
    public static FaultPlan Snapshots { get; } = Busy with
    {
        SnapshotEvery = 7,
        TrailingEntries = 0,
        PowerCutEvery = 250,
        PauseEvery = 250,
        ChunkBytes = 40,
        Drop = 0.05,
        TightWindows = true,
    };

    public static FaultPlan? Find(string name) => name switch
    {
        nameof(Removals) => Removals,
        nameof(Deposals) => Deposals,
        nameof(TornWrites) => TornWrites,
        nameof(SlowDisks) => SlowDisks,
        nameof(SlowElections) => SlowElections,
        nameof(Snapshots) => Snapshots,
        _ => null,
    };
}
