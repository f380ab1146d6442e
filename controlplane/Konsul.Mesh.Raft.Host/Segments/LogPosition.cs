namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>Where the log stands: what the next record must continue.</summary>
/// <param name="LastIndex">The last entry.</param>
/// <param name="Hash">Over all records so far.</param>
/// <param name="NextBatch">The number of the next batch.</param>
/// <param name="Term">The highest term in a hard state or entry.</param>
internal readonly record struct LogPosition(ulong LastIndex, ulong Hash, ulong NextBatch, ulong Term);
