using System.Globalization;
using System.Net;
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
            Type = definition switch
            {
                { Http.Length: > 0 } => CheckKind.Http,
                { Tcp.Length: > 0 } => CheckKind.Tcp,
                { AliasService.Length: > 0 } or { AliasNode.Length: > 0 } => CheckKind.Alias,
                _ => CheckKind.Ttl,
            },
            Definition = definition,
        };
    }

    private static void Validate(CheckBody body, CheckDefinition definition)
    {
        Require(body.Unsupported.Length == 0, $"{body.Unsupported} checks are not made here; use HTTP, TCP, TTL or an alias");
        var kinds = (definition.Http.Length > 0 ? 1 : 0) + (definition.Tcp.Length > 0 ? 1 : 0);
        var alias = definition.AliasService.Length > 0 || definition.AliasNode.Length > 0;
        Require(kinds < 2, "HTTP and TCP cannot both be specified");
        Require(definition.Interval == default || definition.Ttl == default, "Interval and TTL cannot both be specified");
        if (kinds == 1)
        {
            Require(!alias, "an alias cannot also be an HTTP or TCP check");
            Require(definition.Interval > TimeSpan.Zero, "Interval must be > 0 for HTTP and TCP checks");
            Require(definition.Interval >= MinInterval, $"Interval must be at least {DurationText.Format(MinInterval)}");
        }
        else
        {
            Require(definition.Interval == default, "Interval is for HTTP and TCP checks; TTL and alias checks have none");
            Require(alias || definition.Ttl > TimeSpan.Zero, "TTL must be > 0 for TTL checks");
            Require(!alias || definition.Ttl == default, "TTL must not be set for alias checks");
        }

        if (definition.Http.Length > 0)
            Require(IsHttpUrl(definition.Http), $"HTTP \"{JsonValues.Shown(definition.Http)}\" is not an http or https URL");
        if (definition.Tcp.Length > 0)
            Require(IsHostAndPort(definition.Tcp), $"TCP \"{JsonValues.Shown(definition.Tcp)}\" is not host:port");
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

    private static bool IsHostAndPort(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 &&
            Uri.CheckHostName(text[..colon].Trim('[', ']')) != UriHostNameType.Unknown && !IPAddress.Any.ToString().Equals(text[..colon], StringComparison.Ordinal);
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw ApiException.BadRequest($"Invalid check: {otherwise}");
    }
}
