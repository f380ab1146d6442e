namespace Konsul.Mesh.Raft;

/// <summary>What an entry means to consensus itself. The numbers are the ones on the disk and on the wire.</summary>
public enum EntryType : byte
{
    /// <summary>A command for the state machine; empty data is a leader's first entry of its term.</summary>
    Normal = 0,

    /// <summary>One change of one member.</summary>
    ConfChange = 1,

    /// <summary>Changes of several members at once; empty data leaves a joint configuration.</summary>
    ConfChangeV2 = 2,
}
