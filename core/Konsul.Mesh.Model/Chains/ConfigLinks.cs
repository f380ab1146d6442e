using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Model.Chains;

/// <summary>Which services an entry leads to.</summary>
public static class ConfigLinks
{
    /// <summary>The kinds that lead on.</summary>
    internal static readonly string[] Kinds = [ServiceRouter.KindWord, ServiceSplitter.KindWord, ServiceResolver.KindWord];

    /// <summary>Each other service once; nothing for kinds that do not lead on.</summary>
    public static IEnumerable<string> Of(ConfigEntry entry) => (entry switch
    {
        ServiceRouter router => router.Routes.SelectMany(r => new[] { r.Destination?.Service, r.Mirror?.Service }),
        ServiceSplitter splitter => splitter.Splits.Select(s => s.Service),
        ServiceResolver resolver => resolver.Failover.Values.SelectMany(f => f.Targets.Select(t => t.Service).Append(f.Service)).Append(resolver.Redirect?.Service),
        _ => [],
    }).OfType<string>().Where(s => s.Length > 0 && s != entry.Name).Distinct();
}
