using Konsul.Mesh.Raft.Host.Cluster.Snapshots;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Storage;
using Konsul.Mesh.Simulation.Checks;
using Konsul.Mesh.Simulation.Disks;
using Konsul.Mesh.Simulation.Engine;
using Konsul.Mesh.Simulation.Machine;
using Konsul.Mesh.Simulation.Traffic;

namespace Konsul.Mesh.Simulation.Servers;

/// <summary>One process of a server, from its start to its end: the real log on a fake disk, whose turns a simulation takes.</summary>
internal sealed class ServerRun
{
    public ServerRun(World world, Server server)
    {
        (World, Server, Disk) = (world, server, server.Disk);
        Clock = new ServerClock(world.Scheduler, server.ClockRate, () => IsDead);
        Turns = new TurnRunner(world, this);
        Machine = new KvMachine(new RunObserver(world, this));
        Sink = new StorageSink(() => Storage, () => Log);
        Source = new StorageSource(() => Storage);
    }

    public World World { get; }

    public Server Server { get; }

    public ulong Id => Server.Id;

    public FakeDisk Disk { get; }

    public ServerClock Clock { get; }

    public TurnRunner Turns { get; }

    public KvMachine Machine { get; }

    public RaftStorage Storage { get; set; } = null!;

    public ConsensusLog Log { get; set; } = null!;

    public StorageSink Sink { get; }

    public StorageSource Source { get; }

    /// <summary>The transfer of a snapshot that comes in.</summary>
    public SnapshotTransfer? Incoming { get; set; }

    /// <summary>What clients wait for.</summary>
    public List<ClientCall> Calls { get; } = [];

    /// <summary>What was seen of it at its last turn.</summary>
    public RunView Seen { get; } = new();

    public bool IsDead { get; set; }

    /// <summary>Its disk has had no space at some time.</summary>
    public bool HasBeenFull { get; set; }

    /// <summary>As far as it knows.</summary>
    public bool IsMember => Log.Driver.Members is var members && (members.Voters.Contains(Id) || members.Learners.Contains(Id));

    /// <summary>It was started completely.</summary>
    public bool IsUp { get; set; }

    public long PausedUntil { get; set; }

    /// <summary>After so many more disk operations the process ends, or the disk fails; negative for never.</summary>
    public int CrashIn { get; set; } = -1;

    public bool CrashIsPowerCut { get; set; }

    public int ErrorIn { get; set; } = -1;

    public int ReadErrorIn { get; set; } = -1;

    /// <summary>The disk has failed: that the log stops is as it must be.</summary>
    public bool HasDiskFailed { get; set; }

    public long DiskStalledUntil { get; set; }

    public long ApplyStalledUntil { get; set; }
}
