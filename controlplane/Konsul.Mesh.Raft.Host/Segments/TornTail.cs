namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>A last batch that was being written when the power went.</summary>
internal sealed record TornTail(string File, long Offset, long Bytes, string What);
