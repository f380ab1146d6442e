using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>Where the log stands: what the next record must continue.</summary>
/// <param name="LastIndex">The last entry.</param>
/// <param name="Hash">Over all records so far.</param>
/// <param name="NextBatch">The number of the next batch.</param>
/// <param name="Term">The last entry's.</param>
internal readonly record struct LogPosition(ulong LastIndex, ulong Hash, ulong NextBatch, ulong Term)
{
    /// <summary>What a record changes, but for the hash.</summary>
    public LogPosition After(RecordType type, byte flags, ulong term, ulong index) => type switch
    {
        RecordType.Entry => this with { LastIndex = index, Term = term },
        RecordType.Base when flags == LogRecord.Reset => this with { LastIndex = index, Term = term },
        _ => this,
    };
}
