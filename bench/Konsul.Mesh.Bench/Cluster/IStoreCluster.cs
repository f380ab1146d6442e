namespace Konsul.Mesh.Bench.Cluster;

/// <summary>Three servers of a replicated store on loopback, with their disks in one folder.</summary>
internal interface IStoreCluster : IAsyncDisposable
{
    const int Servers = 3;

    string Name { get; }

    string Settings { get; }

    /// <summary>The server that leads.</summary>
    Task<int> LeaderAsync(CancellationToken cancel);

    /// <summary>A put of the benchmark's one key.</summary>
    StoreTarget Write(int server);

    /// <summary>A linearizable read of it.</summary>
    StoreTarget Read(int server);

    /// <summary>How many writes the store has taken, by its own count.</summary>
    Task<long> WritesAsync(CancellationToken cancel);
}
