using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Intentions;

namespace Konsul.Mesh.Model.Chains;

/// <summary>The rules that entries keep together. Asked with the change already in the set; a change that breaks one is not made.</summary>
public static class ConfigGraph
{
    /// <summary>Checks everything that a change of one entry, its removal included, may have broken.</summary>
    /// <returns>Null when all is well, else a sentence.</returns>
    public static string? Problem(IConfigEntrySet entries, string kind, string name)
    {
        try
        {
            return kind switch
            {
                ProxyDefaults.KindWord => Permissive(entries, entries.ProxyDefaults()?.MutualTlsMode) ?? Problem(entries),
                ServiceDefaults.KindWord =>
                    Permissive(entries, entries.Defaults(name)?.MutualTlsMode) ?? Around(entries, name),
                ServiceRouter.KindWord or ServiceSplitter.KindWord or ServiceResolver.KindWord => Around(entries, name),
                ServiceIntentions.KindWord => entries.Find(kind, name) is ServiceIntentions i ? OfIntentions(entries, i) : null,
                JwtProvider.KindWord => First(entries.OfKind(ServiceIntentions.KindWord), e => OfIntentions(entries, (ServiceIntentions)e)),
                IngressGateway.KindWord => entries.Find(kind, name) is IngressGateway g ? OfGateway(entries, g) : null,
                _ => null,
            };
        }
        catch (ChainException e)
        {
            return e.Message;
        }
    }

    /// <summary>Checks a whole set.</summary>
    public static string? Problem(IConfigEntrySet entries)
    {
        try
        {
            foreach (var service in Chained(entries))
            {
                Compile(entries, service);
            }

            return First(entries.OfKind(ServiceIntentions.KindWord), e => OfIntentions(entries, (ServiceIntentions)e))
                ?? First(entries.OfKind(IngressGateway.KindWord), e => OfGateway(entries, (IngressGateway)e))
                ?? First(entries.OfKind(ServiceDefaults.KindWord), e => Permissive(entries, ((ServiceDefaults)e).MutualTlsMode));
        }
        catch (ChainException e)
        {
            return e.Message;
        }
    }

    /// <summary>The chains that touch a service, and what else depends on its protocol.</summary>
    private static string? Around(IConfigEntrySet entries, string name)
    {
        foreach (var service in Callers(entries, name))
        {
            Compile(entries, service);
        }

        if (entries.Find(ServiceIntentions.KindWord, name) is ServiceIntentions intentions && OfIntentions(entries, intentions) is { } problem)
        {
            return problem;
        }

        return First(
            entries.OfKind(IngressGateway.KindWord).Cast<IngressGateway>().Where(g => g.Listeners.Any(l => l.Services.Any(s => s.Name == name))),
            e => OfGateway(entries, (IngressGateway)e));
    }

    private static void Compile(IConfigEntrySet entries, string service) =>
        ChainCompiler.Compile(entries, new ChainRequest { Service = service, Datacenter = "dc" });

    private static SortedSet<string> Chained(IConfigEntrySet entries) =>
        new(ConfigLinks.Kinds.SelectMany(entries.OfKind).Select(e => e.Name), StringComparer.Ordinal);

    /// <summary>A service and all from whose entries it can be reached.</summary>
    private static SortedSet<string> Callers(IConfigEntrySet entries, string service)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal) { service };
        var open = new Stack<string>([service]);
        while (open.TryPop(out var next))
        {
            foreach (var caller in entries.LinkedFrom(next).Where(found.Add))
            {
                open.Push(caller);
            }
        }

        return found;
    }

    private static string? OfIntentions(IConfigEntrySet entries, ServiceIntentions intentions)
    {
        var jwts = intentions.Sources.SelectMany(s => s.Permissions).Select(p => p.Jwt).Append(intentions.Jwt).OfType<IntentionJwt>().ToList();
        foreach (var provider in jwts.SelectMany(j => j.Providers))
        {
            if (entries.Find(JwtProvider.KindWord, provider.Name) is null)
            {
                return $"the intentions of \"{intentions.Name}\" name the JWT provider \"{provider.Name}\", which does not exist";
            }
        }

        var onRequests = jwts.Count > 0 || intentions.Sources.Any(s => s.Permissions.Length > 0);
        var protocol = onRequests ? entries.ProtocolOf(intentions.Name) : "";
        return onRequests && !ConfigEntrySets.IsHttpLike(protocol)
            ? $"the intentions of \"{intentions.Name}\" hold permissions on requests, but its protocol is \"{protocol}\", which has none"
            : null;
    }

    private static string? OfGateway(IConfigEntrySet entries, IngressGateway gateway)
    {
        foreach (var listener in gateway.Listeners.Where(l => ConfigEntrySets.IsHttpLike(l.Protocol)))
        {
            foreach (var service in listener.Services.Where(s => s.Name != Intention.Wildcard))
            {
                var protocol = entries.ProtocolOf(service.Name);
                if (protocol != listener.Protocol)
                {
                    return $"service \"{service.Name}\" has protocol \"{protocol}\", which is incompatible with the protocol \"{listener.Protocol}\""
                        + $" of the listener on port {listener.Port} of ingress-gateway \"{gateway.Name}\"";
                }
            }
        }

        return null;
    }

    private static string? Permissive(IConfigEntrySet entries, string? mode) =>
        mode == "permissive" && entries.Find(MeshConfig.KindWord, "mesh") is not MeshConfig { AllowEnablingPermissiveMutualTls: true }
            ? "cannot set MutualTLSMode=permissive because AllowEnablingPermissiveMutualTLS=false in the mesh config entry"
            : null;

    private static string? First(IEnumerable<ConfigEntry> entries, Func<ConfigEntry, string?> problem) =>
        entries.Select(problem).FirstOrDefault(p => p is not null);
}
