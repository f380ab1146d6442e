namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>Numbers are for ever; 0 is never used, so that a record is never all zeros.</summary>
internal enum RecordType : byte
{
    /// <summary>One entry; the flags are its <see cref="EntryType"/>. One that is not behind the last takes the place of it and all later ones.</summary>
    Entry = 1,

    /// <summary>Term and commit index in the header, {vote:u64} in the body.</summary>
    HardState = 2,

    /// <summary>Closes a batch: {records before it in the batch:u32, 0:u32, the segment's trailer:u64}.</summary>
    BatchEnd = 3,

    /// <summary>Last in a segment: the next segment exists.</summary>
    Seal = 4,

    /// <summary>Where the log begins: the snapshot's index and term in the header, the rest in the body. Flag 1: no entry before it counts.</summary>
    Base = 5,
}
