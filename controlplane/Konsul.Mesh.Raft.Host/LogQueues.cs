namespace Konsul.Mesh.Raft.Host;

/// <summary>How much waits inside the log, for metrics: pieces of work, of any size.</summary>
public readonly record struct LogQueues
{
    /// <summary>For the loop that runs consensus.</summary>
    public int Owner { get; init; }

    /// <summary>For the disk.</summary>
    public int Append { get; init; }

    /// <summary>For the state machine.</summary>
    public int Apply { get; init; }

    /// <summary>Reads that know their index and wait until it is applied.</summary>
    public int Reads { get; init; }
}
