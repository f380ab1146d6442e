using Konsul.Mesh.Raft.Host.Files;

namespace Konsul.Mesh.Raft.Host.Segments;

/// <summary>The segment that is written to.</summary>
/// <param name="File">Open.</param>
/// <param name="Salt">From its header.</param>
/// <param name="Size">Preallocated bytes.</param>
/// <param name="Offset">Where the next batch goes.</param>
internal sealed record OpenSegment(ILogFile File, ulong Salt, long Size, long Offset);
