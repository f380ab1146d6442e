using Konsul.Mesh.Simulation.Disks;

namespace Konsul.Mesh.Simulation.Servers;

/// <summary>One server of a world: what outlives its process.</summary>
internal sealed class Server(ulong id, double clockRate)
{
    public ulong Id => id;

    public double ClockRate => clockRate;

    public FakeDisk Disk { get; set; } = new();

    /// <summary>Its process; null while it is down.</summary>
    public ServerRun? Run { get; set; }

    /// <summary>How many processes it has had.</summary>
    public uint Runs { get; set; }

    /// <summary>Its disk was found damaged: it never comes back.</summary>
    public bool IsLost { get; set; }

    /// <summary>Somebody has damaged its disk while it was down.</summary>
    public bool IsFlipped { get; set; }

    /// <summary>The operator has taken it out and shut it down.</summary>
    public bool IsRetired { get; set; }

    /// <summary>A start is planned.</summary>
    public bool IsStarting { get; set; }
}
