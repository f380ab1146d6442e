namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>The loops of a log.</summary>
internal enum LogLoop
{
    /// <summary>Of the core: messages, ticks, commands, reads.</summary>
    Owner,

    /// <summary>The one that writes the disk.</summary>
    Append,

    /// <summary>The one that touches the state machine.</summary>
    Apply,
}
