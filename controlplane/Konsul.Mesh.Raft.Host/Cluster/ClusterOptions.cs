using System.Collections.Immutable;
using Konsul.Mesh.Raft.Host.Consensus;
using Konsul.Mesh.Raft.Host.Peers;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>How a server becomes part of a cluster, and talks to the others.</summary>
public sealed record ClusterOptions
{
    public required ConsensusLogOptions Log { get; init; }

    public required PeerTransportOptions Transport { get; init; }

    /// <summary>What the others are told of this server; the port of <see cref="PeerTransportOptions.Listen"/> takes the place of port 0.</summary>
    public required ServerAddresses Addresses { get; init; }

    /// <summary>How many servers found the cluster together: a new server without <see cref="Join"/> and with 1 founds one alone. Default 1.</summary>
    public int BootstrapExpect { get; init; } = 1;

    /// <summary>Where other servers may be found, host:port each; asked until one answers.</summary>
    public ImmutableArray<PeerAddress> Join { get; init; } = [];

    /// <summary>Between two rounds of asking. Default 500 ms.</summary>
    public TimeSpan AskEvery { get; init; } = TimeSpan.FromMilliseconds(500);
}
