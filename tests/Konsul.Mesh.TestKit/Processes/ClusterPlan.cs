using Konsul.Mesh.TestKit.Network;

namespace Konsul.Mesh.TestKit.Processes;

/// <summary>What <see cref="ClusterProcesses"/> are to be.</summary>
public sealed record ClusterPlan
{
    /// <summary>How many servers. Default 3.</summary>
    public int Size { get; init; } = 3;

    public LogEngine Engine { get; init; } = LogEngine.Raft;

    /// <summary>One for each server; default: addresses of the loopback.</summary>
    public IReadOnlyList<Site>? Sites { get; init; }

    /// <summary>Where a server keeps its data, by its number; null for a folder of the cluster.</summary>
    public Func<int, string?> DataDirectory { get; init; } = _ => null;

    /// <summary>Variables of a server, by its number; null for none.</summary>
    public Func<int, IReadOnlyDictionary<string, string>?> Environment { get; init; } = _ => null;

    /// <summary>More options of every server, e.g. <c>--leaf-ttl 10s</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
}
