using System.Text;
using Konsul.Mesh.Discovery;
using Konsul.Mesh.Server.HealthChecks;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>
/// Which sidecars hold a stream at any server. A server that does not answer is believed to have what it had, until it has been gone for so long that its
/// sidecars must have noticed and gone to another one: they must not be lost because it is. Asked by one loop.
/// </summary>
internal sealed class ConnectedSidecars(DiscoveryService discovery, Membership membership, TimeProvider time)
{
    /// <summary>Stands in no name and no id.</summary>
    private const char Separator = '\t';

    private readonly Dictionary<ulong, (IReadOnlyList<ProxyKey> Sidecars, long At)> _known = [];

    public async Task<IReadOnlySet<ProxyKey>> AskAsync(CancellationToken cancellationToken)
    {
        var answers = await membership.AskEachAsync(ClusterHost.ConnectedCall, cancellationToken).ConfigureAwait(false);
        foreach (var (server, answer) in answers)
        {
            if (!answer.IsEmpty)
                _known[server] = (Decode(answer.Span), time.GetTimestamp());
        }

        foreach (var gone in _known.Where(k => time.GetElapsedTime(k.Value.At) > SidecarLiveness.UnseenFor).Select(k => k.Key).ToList())
            _known.Remove(gone);
        return Own(discovery).Concat(_known.Values.SelectMany(k => k.Sidecars)).ToHashSet();
    }

    /// <summary>A line per sidecar, behind an empty one: an answer without sidecars is still an answer.</summary>
    public static byte[] Encode(DiscoveryService discovery)
    {
        var text = new StringBuilder("\n");
        foreach (var (node, id) in Own(discovery))
            text.Append(node).Append(Separator).Append(id).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static IReadOnlyList<ProxyKey> Decode(ReadOnlySpan<byte> answer) =>
    [
        .. Encoding.UTF8.GetString(answer).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(Separator))
            .Where(parts => parts.Length == 2).Select(parts => new ProxyKey(parts[0], parts[1])),
    ];

    private static IEnumerable<ProxyKey> Own(DiscoveryService discovery) => discovery.ConnectedNames.Select(n => new ProxyKey(n.Node, n.ProxyId));
}
