using System.Collections.Immutable;

namespace Konsul.Mesh.Server.Operators;

/// <summary>All servers, and how many of them may still be lost.</summary>
/// <param name="Servers">Sorted by id.</param>
internal sealed record ClusterHealth(ImmutableArray<ServerHealth> Servers)
{
    /// <summary>Nothing is known, so nothing is healthy.</summary>
    public static ClusterHealth Unknown { get; } = new([]);

    public bool IsHealthy => !Servers.IsEmpty && Servers.All(s => s.IsHealthy);

    public int Voters => Servers.Count(s => s.IsVoter);

    /// <summary>Healthy voters that the majority does not need; where none votes, because the votes are etcd's, all but one. Never below 0.</summary>
    public int FailureTolerance => Math.Max(0, Servers.Count(s => s.IsHealthy && (s.IsVoter || Voters == 0)) - ((Voters / 2) + 1));
}
