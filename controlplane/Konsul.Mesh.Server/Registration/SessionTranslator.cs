using Konsul.Mesh.Hosting.Options;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Sessions;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.Cluster;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Catalog;

namespace Konsul.Mesh.Server.Registration;

/// <summary>From a session as written to one of the state, with Consul's defaults. What is refused is a 500 in Consul, whose words clients look for.</summary>
internal static class SessionTranslator
{
    public static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan MaxTtl = TimeSpan.FromHours(24);
    private const int MaxNameLength = 512;
    private const int MaxChecks = 64;

    public static Session Translate(SessionBody body, string id, string ns, string ownNode, CatalogView catalog)
    {
        var node = body.Node.Length > 0 ? body.Node : ownNode;
        var (nodeChecks, serviceChecks) = (body.NodeChecks, body.ServiceChecks ?? []);
        if (body.NodeChecks is null && body.ServiceChecks is null)
            nodeChecks = catalog.Check(node, OwnRegistration.SerfHealth) is null ? [] : [OwnRegistration.SerfHealth];
        if ((nodeChecks ?? []).Length + serviceChecks.Length > MaxChecks)
            throw ApiException.Failed($"A session may have {MaxChecks} checks");
        if (body.Name.Length > MaxNameLength || node.Length > Names.MaxIdLength)
            throw ApiException.Failed($"The session's name may have {MaxNameLength} characters, its node's {Names.MaxIdLength}");
        return new Session
        {
            Id = id,
            Namespace = ns,
            Name = body.Name,
            Node = node,
            LockDelay = body.LockDelay,
            Behavior = BehaviorOf(body.Behavior),
            Ttl = TtlOf(body.Ttl),
            NodeChecks = nodeChecks ?? [],
            ServiceChecks = serviceChecks,
        };
    }

    private static SessionBehavior BehaviorOf(string word) => word switch
    {
        "" or "release" => SessionBehavior.Release,
        "delete" => SessionBehavior.Delete,
        _ => throw ApiException.Failed($"Invalid Behavior setting '{JsonValues.Shown(word)}'"),
    };

    private static TimeSpan TtlOf(string text)
    {
        if (text.Length == 0)
            return TimeSpan.Zero;
        if (!GoDuration.TryParse(text, out var ttl))
            throw ApiException.Failed($"Session TTL '{JsonValues.Shown(text)}' invalid: not a duration such as \"15s\"");

        // "0s" is no limit, as none at all.
        return ttl == TimeSpan.Zero || (ttl >= MinTtl && ttl <= MaxTtl)
            ? ttl
            : throw ApiException.Failed($"Invalid Session TTL '{ttl.Ticks * 100}', must be between [10s=24h0m0s]");
    }
}
