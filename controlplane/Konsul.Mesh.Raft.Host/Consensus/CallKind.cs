namespace Konsul.Mesh.Raft.Host.Consensus;

/// <summary>What one server asks of another. The numbers are the ones on the wire; from 100 on they are the host's.</summary>
internal enum CallKind : ushort
{
    /// <summary>Append commands, in one term: see <see cref="ForwardCodec"/>.</summary>
    Forward = 1,

    /// <summary>How far is the founding of the cluster.</summary>
    Formation = 2,

    /// <summary>Let this server in.</summary>
    Join = 3,

    /// <summary>Let that server in, whose call came here: id (u64, little endian), then what it sent.</summary>
    JoinFor = 4,

    /// <summary>Take a server out: id.</summary>
    Remove = 5,

    /// <summary>Hand leadership over: id, or 0.</summary>
    Transfer = 6,

    /// <summary>The members as the leader knows them.</summary>
    Status = 7,

    /// <summary>What the other server's state was, and is: an <see cref="Audit.CheckpointReport"/>.</summary>
    Checkpoints = 8,

    /// <summary>Give one server's vote to another and take it out: id, id of the other.</summary>
    Replace = 9,
}
