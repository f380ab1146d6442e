using Konsul.Mesh.Model.ConfigEntries;
using Konsul.Mesh.Model.Text;

namespace Konsul.Mesh.Model.Queries;

/// <summary>Prepared queries from JSON. Total, with the same rules for names and values as <see cref="ConfigEntryReader"/>.</summary>
public static class PreparedQueryReader
{
    /// <exception cref="ConfigEntryException">Names the member and says what is wrong.</exception>
    public static PreparedQuery Read(ReadOnlySpan<byte> json) => Check(ConfigEntryReader.ReadForm(json, ConfigEntryJson.Default.PreparedQuery));

    private static PreparedQuery Check(PreparedQuery query)
    {
        var service = query.Service ?? new QueryService();
        var template = query.Template ?? new QueryTemplate();
        Require(service.Service.Length > 0, "Service.Service", "Must provide a Service name to query");
        Require(query.Name.Length <= Names.MaxIdLength && !query.Name.Any(char.IsControl), "Name", "Name is too long or holds control characters");
        Require(query.Session.Length == 0 || Guid.TryParse(query.Session, out _), "Session", $"Invalid session \"{ShownText.Of(query.Session)}\"");
        Require(template.Type is "" or QueryTemplate.NamePrefixMatch, "Template.Type", $"Bad Template.Type '{ShownText.Of(template.Type)}'");
        if (template.Type.Length == 0)
        {
            Require(
                Names.CheckName(service.Service) is null, "Service.Service",
                $"Service.Service \"{ShownText.Of(service.Service)}\" {Names.CheckName(service.Service)}");
            Require(template.Regexp.Length == 0, "Template.Regexp", "Template.Regexp goes with Template.Type \"name_prefix_match\"");
        }
        else
        {
            Require(
                template.Regexp.Length == 0 || UserPattern.Check(template.Regexp) is null, "Template.Regexp",
                $"Template.Regexp {UserPattern.Check(template.Regexp)}");
            foreach (var (path, text) in Texts(service))
            {
                Require(QueryTemplateText.Check(text) is null, path, $"Bad template in {path}: {QueryTemplateText.Check(text)}");
            }
        }

        foreach (var (path, text) in Texts(service))
        {
            Require(text.Length <= 512 && !text.Any(char.IsControl), path, $"{path} is too long or holds control characters");
        }

        if (service.Failover is { } failover)
        {
            Require(
                failover.Targets.IsEmpty || (failover.NearestN == 0 && failover.Datacenters.IsEmpty), "Service.Failover.Targets",
                "Targets cannot be populated with NearestN or Datacenters");
            Require(failover.Targets.All(t => (t.Peer.Length > 0) != (t.Datacenter.Length > 0)), "Service.Failover.Targets", "a target wants either Peer or Datacenter");
        }

        return query with { Service = service, Template = template, Dns = query.Dns ?? new QueryDns() };
    }

    private static IEnumerable<(string Path, string Text)> Texts(QueryService service) =>
        service.Tags.Select(t => ("Service.Tags", t))
            .Concat(service.IgnoreCheckIds.Select(t => ("Service.IgnoreCheckIDs", t)))
            .Concat((service.Failover?.Datacenters ?? []).Select(t => ("Service.Failover.Datacenters", t)))
            .Concat(service.NodeMeta.SelectMany(m => new[] { m.Key, m.Value }).Select(t => ("Service.NodeMeta", t)))
            .Concat(service.ServiceMeta.SelectMany(m => new[] { m.Key, m.Value }).Select(t => ("Service.ServiceMeta", t)))
            .Append(("Service.Near", service.Near))
            .Append(("Service.Service", service.Service));

    private static void Require(bool good, string path, string sentence)
    {
        if (!good)
        {
            throw new ConfigEntryException(path, sentence);
        }
    }
}
