using Konsul.Mesh.Discovery;
using Konsul.Mesh.Server.Cluster;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>Who has taken the newest roots.</summary>
/// <param name="state">This server's.</param>
/// <param name="authority">What is in force here.</param>
/// <param name="discovery">The proxies that are connected here.</param>
/// <param name="askOthers">The <see cref="TrustReport"/> of each other server that answers.</param>
internal sealed class TrustSpread(
    ReplicatedState state, AuthorityHolder authority, DiscoveryService discovery, Func<CancellationToken, Task<IReadOnlyList<ReadOnlyMemory<byte>>>> askOthers)
{
    public TrustReport Own()
    {
        var (connected, behind) = discovery.TrustBundleHolders();
        return new TrustReport(authority.Index, connected, behind);
    }

    /// <summary>How many servers and connected proxies have not taken the roots of this index. A server that does not answer has not.</summary>
    public async Task<(int Servers, int Proxies)> MissingAsync(ulong index, CancellationToken cancellationToken)
    {
        var answers = await askOthers(cancellationToken).ConfigureAwait(false);
        var reports = answers.Select(TrustReport.TryRead).OfType<TrustReport>().Prepend(Own()).ToList();
        var servers = Math.Max(state.View.Cluster.Servers.Count(), 1);
        return (Math.Max(servers - reports.Count(r => r.Index >= index), 0), reports.Sum(r => r.Index >= index ? r.Behind : r.Proxies));
    }
}
