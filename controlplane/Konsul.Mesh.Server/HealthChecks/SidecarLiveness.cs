using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.State.Catalog;
using Konsul.Mesh.State.Commands;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// Follows which sidecars hold a discovery stream. A sidecar that was seen with one has a check for it from then on; it turns critical when the stream
/// has been gone for <see cref="LostAfter"/>, and passing as soon as there is one again. A new leader knows nothing and gives every sidecar
/// <see cref="UnseenFor"/> to find a server again, so that an outage of the servers takes no sidecar out. Not thread-safe: one loop's.
/// </summary>
internal sealed class SidecarLiveness(TimeProvider time)
{
    public static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan UnseenFor = TimeSpan.FromSeconds(30);

    private const string Connected = "Discovery stream open";
    private const string Lost = "Discovery stream lost: the sidecar has gone or cannot reach the servers";
    private readonly Dictionary<ProxyKey, long> _lastSeen = [];
    private IReadOnlyList<HealthCheck> _checks = [];
    private ulong _checksIndex;

    public static string CheckIdOf(string proxyId) => $"sidecar:{proxyId}";

    /// <summary>Another server leads; what was seen here is of no use later.</summary>
    public void Forget() => _lastSeen.Clear();

    /// <param name="catalog">What is shown.</param>
    /// <param name="connected">All streams of all servers.</param>
    /// <param name="ledFor">How long this server has led.</param>
    public (IReadOnlyList<HealthCheck> Missing, IReadOnlyList<CheckUpdate> Stale) Look(CatalogView catalog, IReadOnlySet<ProxyKey> connected, TimeSpan ledFor)
    {
        var now = time.GetTimestamp();
        foreach (var key in connected)
            _lastSeen[key] = now;
        foreach (var gone in _lastSeen.Where(s => time.GetElapsedTime(s.Value, now) > UnseenFor).Select(s => s.Key).ToList())
            _lastSeen.Remove(gone);

        var missing = connected.Where(k => catalog.Check(k.Node, CheckIdOf(k.Id)) is null)
            .Select(k => catalog.Instance(k.Node, k.Id)).OfType<ServiceInstance>().Where(i => i.Kind != ServiceKind.Typical).Select(New).ToList();
        return (missing, [.. Checks(catalog).Select(c => Update(c, connected, ledFor, now)).OfType<CheckUpdate>()]);
    }

    private CheckUpdate? Update(HealthCheck check, IReadOnlySet<ProxyKey> connected, TimeSpan ledFor, long now)
    {
        var key = new ProxyKey(check.Node, check.ServiceId);
        if (connected.Contains(key))
            return check.Status == CheckStatus.Passing ? null : Say(check, CheckStatus.Passing, Connected);
        var lost = _lastSeen.TryGetValue(key, out var seen) ? time.GetElapsedTime(seen, now) >= LostAfter : ledFor >= UnseenFor;
        return lost && check.Status != CheckStatus.Critical ? Say(check, CheckStatus.Critical, Lost) : null;
    }

    /// <summary>Looked for only when a check has changed.</summary>
    private IReadOnlyList<HealthCheck> Checks(CatalogView catalog)
    {
        if (catalog.ChecksIndex != _checksIndex)
            (_checks, _checksIndex) = ([.. catalog.AllChecks.Where(c => c.Type == CheckKind.Sidecar)], catalog.ChecksIndex);
        return _checks;
    }

    private static CheckUpdate Say(HealthCheck check, CheckStatus status, string output) =>
        new() { Node = check.Node, CheckId = check.CheckId, Status = status, Output = output };

    private static HealthCheck New(ServiceInstance sidecar) => new()
    {
        Node = sidecar.Node,
        CheckId = CheckIdOf(sidecar.Id),
        Name = "Sidecar Connected",
        Type = CheckKind.Sidecar,
        Status = CheckStatus.Passing,
        Output = Connected,
        ServiceId = sidecar.Id,
    };
}
