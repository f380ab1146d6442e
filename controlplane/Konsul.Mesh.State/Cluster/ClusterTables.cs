using Konsul.Mesh.State.Collections;

namespace Konsul.Mesh.State.Cluster;

internal sealed record ClusterTables
{
    public static ClusterTables Empty { get; } = new();

    /// <summary>By id.</summary>
    public PersistentMap<string, ServerMember> Servers { get; init; } = PersistentMap<string, ServerMember>.Empty(StringComparer.Ordinal);

    /// <summary>Ids that were taken out for ever.</summary>
    public PersistentMap<string, bool> Removed { get; init; } = PersistentMap<string, bool>.Empty(StringComparer.Ordinal);

    /// <summary>Pieces of a snapshot on its way in, in order; empty when there is none.</summary>
    public PersistentMap<string, StagedPiece> Staged { get; init; } = PersistentMap<string, StagedPiece>.Empty(StringComparer.Ordinal);

    public AutopilotConfig Autopilot { get; init; } = new();

    public ulong Index { get; init; }
}
