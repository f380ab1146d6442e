namespace Konsul.Mesh.Model.Identity;

/// <summary>The server name that sidecars send each other: <c>[subset.]service.namespace.dc.internal.trust-domain</c>, as Consul's.</summary>
public static class ServiceSni
{
    public static string For(string service, string ns, string datacenter, TrustDomain trustDomain, string? subset = null) =>
        For(service, ns, datacenter, $"{trustDomain}", subset);

    public static string For(string service, string ns, string datacenter, string trustDomain, string? subset = null) =>
        $"{(subset is null ? "" : subset + ".")}{service}.{ns}.{datacenter}.internal.{trustDomain}".ToLowerInvariant();
}
