using System.Globalization;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Server.Bodies;
using Konsul.Mesh.Server.HealthChecks;
using Konsul.Mesh.Server.Http;
using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Registration;

/// <summary>From a check as written to a check of the catalog: Consul's default ids and names, and its rules of which fields go together.</summary>
internal static class CheckTranslator
{
    /// <summary>A shorter period would let one registration keep the server busy.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);

    private const int MaxScriptArgs = 64;

    /// <summary>The checks of one service: "service:id", or "service:id:n" from 1 when there are several.</summary>
    public static IEnumerable<HealthCheck> OfService(ServiceInstance service, IReadOnlyList<CheckBody> bodies)
    {
        for (var i = 0; i < bodies.Count; i++)
        {
            var ordinal = bodies.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $":{i + 1}");
            var body = bodies[i];
            yield return Translate(body, service.Node) with
            {
                CheckId = Id(body.Id.Length > 0 ? body.Id : $"service:{service.Id}{ordinal}"),
                Name = body.Name.Length > 0 ? body.Name : $"Service '{service.Name}' check",
                ServiceId = service.Id,
                ServiceName = service.Name,
                ServiceTags = service.Tags,
            };
        }
    }

    /// <summary>A check registered by itself; its name is its id unless one is given.</summary>
    public static HealthCheck Alone(CheckBody body, string node)
    {
        if (body.Name.Length == 0)
            throw ApiException.BadRequest("Missing check name");
        return Translate(body, node) with { CheckId = Id(body.Id.Length > 0 ? body.Id : body.Name), Name = body.Name, ServiceId = body.ServiceId };
    }

    /// <summary>Whoever may register a check may have programs run; that is the operator's to allow.</summary>
    public static void RefuseScripts(IEnumerable<HealthCheck> checks, bool allowed)
    {
        if (!allowed && checks.Any(c => c.Type == CheckKind.Script))
            throw ApiException.BadRequest("Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true");
    }

    /// <summary>A check of the catalog: its status is the registrant's word, so it needs nothing that runs it.</summary>
    /// <param name="service">The service that the same registration puts; the check is its own unless it names another.</param>
    public static HealthCheck Reported(CheckBody body, string node, ServiceInstance? service) => new()
    {
        Node = body.Node.Length == 0 || body.Node == node ? node : throw ApiException.BadRequest("Invalid check: Node is not the registration's node"),
        CheckId = Id(body.Id.Length > 0 ? body.Id : body.Name.Length > 0 ? body.Name : service is null ? "" : $"service:{service.Id}"),
        Name = body.Name,
        Notes = body.Notes,
        Output = body.Output,
        Status = body.Status ?? CheckStatus.Critical,
        ServiceId = body.ServiceId.Length > 0 ? body.ServiceId : service?.Id ?? "",
        Definition = body.Definition,
    };

    private static HealthCheck Translate(CheckBody body, string node)
    {
        var definition = body.Definition;
        Validate(body, definition);
        return new HealthCheck
        {
            Node = node,
            CheckId = "",
            Name = "",
            Notes = body.Notes,
            Output = body.Output,
            Status = body.Status ?? CheckStatus.Critical,
            Type = Probed(definition).SingleOrDefault() ?? (IsAlias(definition) ? CheckKind.Alias : CheckKind.Ttl),
            Definition = definition,
        };
    }

    private static void Validate(CheckBody body, CheckDefinition definition)
    {
        Require(body.Unsupported.Length == 0, $"{body.Unsupported} checks are not made here; use HTTP, TCP, UDP, gRPC, H2PING, Args, TTL or an alias");
        var kinds = Probed(definition).ToList();
        var alias = IsAlias(definition);
        Require(kinds.Count < 2, $"only one kind of check can be specified, not {string.Join(" and ", kinds)}");
        Require(definition.Interval == default || definition.Ttl == default, "Interval and TTL cannot both be specified");
        if (kinds.Count == 1)
        {
            Require(!alias, $"an alias cannot also be a check of kind {kinds[0]}");
            Require(definition.Interval > TimeSpan.Zero, "Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or gRPC checks");
            Require(definition.Interval >= MinInterval, $"Interval must be at least {DurationText.Format(MinInterval)}");
        }
        else
        {
            Require(definition.Interval == default, "Interval is for checks that look at something; TTL and alias checks have none");
            Require(alias || definition.Ttl > TimeSpan.Zero, "TTL must be > 0 for TTL checks");
            Require(!alias || definition.Ttl == default, "TTL must not be set for alias checks");
        }

        if (definition.Http.Length > 0)
            Require(IsHttpUrl(definition.Http), $"HTTP \"{JsonValues.Shown(definition.Http)}\" is not an http or https URL");
        RequireAddress("TCP", definition.Tcp);
        RequireAddress("UDP", definition.Udp);
        RequireAddress("H2PING", definition.H2Ping);
        Require(
            definition.Grpc is null || GrpcTarget.TryParse(definition.Grpc, out _), $"GRPC \"{JsonValues.Shown(definition.Grpc ?? "")}\" is not host:port or host:port/service");
        Require(
            definition.ScriptArgs is not { } args || (args.Length <= MaxScriptArgs && args[0].Length > 0 && !args.Any(a => a.Contains('\0', StringComparison.Ordinal))),
            $"Args must be a program and at most {MaxScriptArgs - 1} arguments");
        Require(definition.Method.All(char.IsAsciiLetter), "Method may hold only letters");
        Require(
            definition.FailuresBeforeWarning == 0 || definition.FailuresBeforeCritical == 0 || definition.FailuresBeforeWarning <= definition.FailuresBeforeCritical,
            "FailuresBeforeWarning can't be higher than FailuresBeforeCritical");
        foreach (var (name, values) in definition.Header)
        {
            Require(IsHeaderName(name), $"Header \"{JsonValues.Shown(name)}\" is not a header's name");
            Require(values.All(v => v.All(c => c is >= ' ' and <= '~')), $"Header \"{name}\" holds a character that headers may not");
        }
    }

    private static bool IsHeaderName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string Id(string id) =>
        Names.CheckId(id) is { } wrong ? throw ApiException.BadRequest($"Invalid check: CheckID {wrong}") : id;

    private static bool IsHttpUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.UserInfo.Length == 0;

    private static IEnumerable<string> Probed(CheckDefinition definition)
    {
        if (definition.Http.Length > 0)
            yield return CheckKind.Http;
        if (definition.Tcp.Length > 0)
            yield return CheckKind.Tcp;
        if (definition.Udp is not null)
            yield return CheckKind.Udp;
        if (definition.Grpc is not null)
            yield return CheckKind.Grpc;
        if (definition.H2Ping is not null)
            yield return CheckKind.H2Ping;
        if (definition.ScriptArgs is not null)
            yield return CheckKind.Script;
    }

    private static bool IsAlias(CheckDefinition definition) => definition.AliasService.Length > 0 || definition.AliasNode.Length > 0;

    private static void RequireAddress(string field, string? text) => Require(
        string.IsNullOrEmpty(text) || (TargetAddress.TryParse(text, out var address) && address.Port > 0), $"{field} \"{JsonValues.Shown(text ?? "")}\" is not host:port");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw ApiException.BadRequest($"Invalid check: {otherwise}");
    }
}
