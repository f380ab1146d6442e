using System.Globalization;
using System.Text;
using Konsul.Mesh.Proxy.Core;

namespace Konsul.Mesh.Proxy.Admin;

/// <summary>How each instance of each cluster does now, for people.</summary>
internal static class ClustersPage
{
    public static string Text(EngineDescription engine)
    {
        var text = new StringBuilder();
        foreach (var cluster in engine.Clusters.OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{cluster.Name} protocol={cluster.Protocol} sni={cluster.Sni} endpoints={cluster.Endpoints.Count}\n");
            foreach (var endpoint in cluster.Endpoints)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"  {endpoint.Id} {endpoint.Address}:{endpoint.Port} weight={endpoint.Weight} ewma_ms={endpoint.EwmaMs:0.###} pending={endpoint.Pending} failures={endpoint.ConnectFailures}\n");
            }
        }

        return text.Length == 0 ? "no clusters\n" : text.ToString();
    }
}
