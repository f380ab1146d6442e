namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>Numbers are for ever; 0 is never used, so that a record is never all zeros.</summary>
internal enum RecordType : byte
{
    /// <summary>A command.</summary>
    Entry = 1,

    /// <summary>The term in the header, the vote (a node id) in the body.</summary>
    HardState = 2,

    /// <summary>Closes a batch: {records before it in the batch:u32, 0:u32, the segment's trailer:u64}.</summary>
    BatchEnd = 3,

    /// <summary>Last in a segment: the next segment exists.</summary>
    Seal = 4,
}
