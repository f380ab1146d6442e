using Konsul.Mesh.Raft.Replication;

namespace Konsul.Mesh.Raft.Membership;

/// <summary>A configuration and what is known of each of its members.</summary>
internal sealed record ConfTransition(ConfState Members, SortedList<ulong, Progress> Progress);
