using System.Text.Json;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Model.Chains;

/// <summary>Typed ways into a set.</summary>
public static class ConfigEntrySets
{
    private const string DefaultProtocol = "tcp";

    public static ServiceRouter? Router(this IConfigEntrySet entries, string service) =>
        entries.Find(ServiceRouter.KindWord, service) as ServiceRouter;

    public static ServiceSplitter? Splitter(this IConfigEntrySet entries, string service) =>
        entries.Find(ServiceSplitter.KindWord, service) as ServiceSplitter;

    public static ServiceResolver? Resolver(this IConfigEntrySet entries, string service) =>
        entries.Find(ServiceResolver.KindWord, service) as ServiceResolver;

    public static ServiceDefaults? Defaults(this IConfigEntrySet entries, string service) =>
        entries.Find(ServiceDefaults.KindWord, service) as ServiceDefaults;

    public static ProxyDefaults? ProxyDefaults(this IConfigEntrySet entries) =>
        entries.Find(ConfigEntries.ProxyDefaults.KindWord, "global") as ProxyDefaults;

    /// <summary>What a service speaks: its own defaults, then everybody's, then tcp.</summary>
    public static string ProtocolOf(this IConfigEntrySet entries, string service)
    {
        if (entries.Defaults(service) is { Protocol.Length: > 0 } own)
        {
            return own.Protocol;
        }

        var all = entries.ProxyDefaults()?.Config;
        return all is not null && all.TryGetValue("protocol", out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } word
            ? word.ToLowerInvariant()
            : DefaultProtocol;
    }

    public static bool IsHttpLike(string protocol) => protocol is "http" or "http2" or "grpc";
}
