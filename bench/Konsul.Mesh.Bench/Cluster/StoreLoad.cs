using System.Globalization;

namespace Konsul.Mesh.Bench.Cluster;

/// <summary>A load that both stores get.</summary>
/// <param name="IsWrite">A put; else a linearizable read.</param>
/// <param name="Clients">Connections with one request at a time each.</param>
/// <param name="AtLeader">All at the leader; else spread over the three servers.</param>
internal sealed record StoreLoad(bool IsWrite, int Clients, bool AtLeader)
{
    public static readonly IReadOnlyList<StoreLoad> All =
    [
        .. from isWrite in new[] { true, false }
           from clients in new[] { 1, 64, 256 }
           from atLeader in clients == 1 ? [true] : new[] { true, false }
           select new StoreLoad(isWrite, clients, atLeader),
    ];

    public string Name => string.Create(
        CultureInfo.InvariantCulture, $"{(IsWrite ? "write" : "linearizable read")}, {Clients} client{(Clients == 1 ? "" : "s")}, {(AtLeader ? "at the leader" : "at all three")}");

    public async Task<IReadOnlyList<StoreTarget>> TargetsAsync(IStoreCluster store, CancellationToken cancel)
    {
        var servers = AtLeader ? [await store.LeaderAsync(cancel)] : Enumerable.Range(0, IStoreCluster.Servers);
        return [.. servers.Select(s => IsWrite ? store.Write(s) : store.Read(s))];
    }
}
