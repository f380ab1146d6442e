using Konsul.Mesh.Simulation.Engine;

namespace Konsul.Mesh.Simulation.Faults;

/// <summary>
/// Which troubles a world has and how often: each seed draws its own few, since a world with all of them at once never gets far enough for the
/// rare ones to matter (swarm testing). Times between troubles are in virtual milliseconds, 0 for never; chances are per occasion.
/// </summary>
internal sealed record FaultPlan
{
    public int Servers { get; init; } = 3;

    /// <summary>Until then there are faults.</summary>
    public int FaultMilliseconds { get; init; } = 4000;

    public int Clients { get; init; } = 3;

    public int Keys { get; init; } = 2;

    public int OperationsPerClient { get; init; } = 30;

    public int ThinkMilliseconds { get; init; } = 40;

    public int ElectionTicks { get; init; } = 40;

    public int HeartbeatTicks { get; init; } = 5;

    public int SegmentBytes { get; init; } = 16 * 1024;

    public int TrailingEntries { get; init; } = 20;

    public int MemoryBytes { get; init; } = 64 * 1024;

    public int SnapshotEvery { get; init; } = 1000;

    public int ChunkBytes { get; init; } = 4096;

    /// <summary>Else the core's own, which a small world never fills.</summary>
    public bool TightWindows { get; init; }

    public int MaxDelayMicroseconds { get; init; } = 1000;

    public int MaxSyncMicroseconds { get; init; } = 2000;

    public double Drop { get; init; }

    public double Duplicate { get; init; }

    public double DelaySpike { get; init; }

    public double Corrupt { get; init; }

    public bool Reorder { get; init; }

    public double ForwardLoss { get; init; }

    /// <summary>How often one disk operation lets others run while it lasts.</summary>
    public double SlowOperation { get; init; }

    public double DiskStall { get; init; }

    public double ApplyStall { get; init; }

    public double Drift { get; init; }

    public bool ShortWrites { get; init; }

    public int PartitionEvery { get; init; }

    public int OneWayEvery { get; init; }

    public int FlapEvery { get; init; }

    public int KillEvery { get; init; }

    public int PowerCutEvery { get; init; }

    /// <summary>A process ends as it should.</summary>
    public int CloseEvery { get; init; }

    public int CrashInOperationEvery { get; init; }

    public int DiskErrorEvery { get; init; }

    public int ReadErrorEvery { get; init; }

    public int DiskFullEvery { get; init; }

    public int FlipEvery { get; init; }

    public int PauseEvery { get; init; }

    public int ChangeEvery { get; init; }

    public int TransferEvery { get; init; }

    public static FaultPlan Draw(Dice dice)
    {
        if (dice.Chance(0.03))
        {
            return new FaultPlan { Servers = dice.Between(1, 5) };
        }

        double Maybe(double part, double most) => dice.Chance(part) ? most * dice.Between(1, 100) / 100 : 0;
        int Every(double part, int low, int high) => dice.Chance(part) ? dice.Between(low, high) : 0;
        return new FaultPlan
        {
            Servers = dice.Of([1, 2, 3, 3, 3, 3, 3, 4, 5, 5]),
            FaultMilliseconds = dice.Between(2000, 8000),
            Clients = dice.Between(1, 5),
            Keys = dice.Between(1, 4),
            OperationsPerClient = dice.Between(10, 60),
            ThinkMilliseconds = dice.Between(1, 120),
            ElectionTicks = dice.Of([10, 20, 40]),
            HeartbeatTicks = dice.Of([2, 3, 5]),
            SegmentBytes = dice.Of([2048, 4096, 16384, 65536]),
            TrailingEntries = dice.Of([0, 1, 5, 20]),
            MemoryBytes = dice.Of([0, 100, 1000, 65536]),
            SnapshotEvery = dice.Of([3, 8, 20, 60, 1000]),
            ChunkBytes = dice.Of([40, 150, 4096]),
            TightWindows = dice.Chance(0.4),
            MaxDelayMicroseconds = dice.Of([300, 1000, 5000, 20000]),
            MaxSyncMicroseconds = dice.Of([300, 2000, 10000]),
            Drop = Maybe(0.35, 0.15),
            Duplicate = Maybe(0.35, 0.15),
            DelaySpike = Maybe(0.3, 0.05),
            Corrupt = Maybe(0.3, 0.02),
            Reorder = dice.Chance(0.4),
            ForwardLoss = Maybe(0.4, 0.3),
            SlowOperation = Maybe(0.4, 0.2),
            DiskStall = Maybe(0.25, 0.02),
            ApplyStall = Maybe(0.25, 0.02),
            Drift = Maybe(0.4, 0.15),
            ShortWrites = dice.Chance(0.2),
            PartitionEvery = Every(0.35, 400, 2500),
            OneWayEvery = Every(0.3, 400, 2500),
            FlapEvery = Every(0.3, 200, 1500),
            KillEvery = Every(0.35, 300, 2500),
            PowerCutEvery = Every(0.35, 300, 2500),
            CloseEvery = Every(0.2, 300, 2500),
            CrashInOperationEvery = Every(0.35, 200, 2000),
            DiskErrorEvery = Every(0.2, 600, 4000),
            ReadErrorEvery = Every(0.1, 600, 4000),
            DiskFullEvery = Every(0.2, 600, 4000),
            FlipEvery = Every(0.2, 600, 3000),
            PauseEvery = Every(0.25, 400, 2500),
            ChangeEvery = Every(0.5, 200, 1500),
            TransferEvery = Every(0.35, 200, 2000),
        };
    }
}
