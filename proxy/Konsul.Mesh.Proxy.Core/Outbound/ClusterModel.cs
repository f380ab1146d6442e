using System.Collections.Immutable;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Proxy.Core.LoadBalancing;

namespace Konsul.Mesh.Proxy.Core.Outbound;

/// <summary>A cluster compiled for picking: parallel arrays, because a pick reads only loads.</summary>
/// <param name="Config">As the snapshot has it.</param>
/// <param name="Source">The endpoints it was compiled from, to see that nothing changed.</param>
/// <param name="Endpoints">Live endpoints.</param>
/// <param name="Loads">Their loads, in the same order.</param>
/// <param name="CumulativeWeights">Null when all weigh the same.</param>
internal sealed record ClusterModel(
    Cluster Config, ImmutableArray<Endpoint> Source, EndpointState[] Endpoints, EndpointLoad[] Loads, int[]? CumulativeWeights)
{
    public static ClusterModel Of(Cluster config, ImmutableArray<Endpoint> source, EndpointState[] endpoints)
    {
        var loads = Array.ConvertAll(endpoints, e => e.Load);
        int[]? cumulative = null;
        if (Array.Exists(loads, l => l.Weight != loads[0].Weight))
        {
            cumulative = new int[loads.Length];
            var sum = 0;
            for (var i = 0; i < loads.Length; i++)
            {
                sum += loads[i].Weight;
                cumulative[i] = sum;
            }
        }

        return new ClusterModel(config, source, endpoints, loads, cumulative);
    }
}
