using System.Text.Json.Serialization.Metadata;
using Konsul.Mesh.Model.ConfigEntries.Rules;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>What there is to know about a kind of entry: its form, its rules, the one name that it may have.</summary>
/// <param name="Word">As the API names it.</param>
/// <param name="Type">Its JSON form.</param>
/// <param name="OnlyName">Empty when the name is free.</param>
/// <param name="Check">Brings a decoded entry into its normal form and refuses one that contradicts itself.</param>
internal sealed record ConfigEntryKind(string Word, JsonTypeInfo Type, string OnlyName, Func<ConfigEntry, ConfigEntry> Check)
{
    public static ConfigEntryKind Of<T>(string word, JsonTypeInfo<T> type, Func<T, T> check, string onlyName = "")
        where T : ConfigEntry => new(word, type, onlyName, entry => check((T)entry));

    public static IReadOnlyDictionary<string, ConfigEntryKind> All { get; } = new[]
    {
        Of(ExportedServices.KindWord, ConfigEntryJson.Default.ExportedServices, GatewayRules.Check, "default"),
        Of(IngressGateway.KindWord, ConfigEntryJson.Default.IngressGateway, GatewayRules.Check),
        Of(JwtProvider.KindWord, ConfigEntryJson.Default.JwtProvider, JwtProviderRules.Check),
        Of(MeshConfig.KindWord, ConfigEntryJson.Default.MeshConfig, MeshRules.Check, "mesh"),
        Of(ProxyDefaults.KindWord, ConfigEntryJson.Default.ProxyDefaults, DefaultsRules.Check, "global"),
        Of(RateLimit.KindWord, ConfigEntryJson.Default.RateLimit, RateLimitRules.Check),
        Of(ServiceDefaults.KindWord, ConfigEntryJson.Default.ServiceDefaults, DefaultsRules.Check),
        Of(ServiceIntentions.KindWord, ConfigEntryJson.Default.ServiceIntentions, IntentionRules.Check),
        Of(ServiceResolver.KindWord, ConfigEntryJson.Default.ServiceResolver, ResolverRules.Check),
        Of(ServiceRouter.KindWord, ConfigEntryJson.Default.ServiceRouter, RouterRules.Check),
        Of(ServiceSplitter.KindWord, ConfigEntryJson.Default.ServiceSplitter, SplitterRules.Check),
        Of(TerminatingGateway.KindWord, ConfigEntryJson.Default.TerminatingGateway, GatewayRules.Check),
    }.ToDictionary(k => k.Word, StringComparer.Ordinal);
}
