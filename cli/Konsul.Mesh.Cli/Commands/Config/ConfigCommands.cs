using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.ConfigFiles;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Cli.Commands.Config;

internal static class ConfigCommands
{
    internal static readonly Argument<string> Kind = new("kind") { Description = "Such as service-router" };
    internal static readonly Argument<string> Name = new("name") { Description = "Of the entry; for most kinds a service" };
    internal static readonly Option<string?> Cas = new("--cas")
    {
        Description = "Only if the entry's ModifyIndex is still this; 0: only if absent",
        HelpName = "INDEX",
    };

    public static Command Create(CliEnvironment environment) => new("config", "Config entries: routes, subsets, defaults, gateways, limits")
    {
        ConfigReadCommand.Create(environment),
        ConfigWriteCommand.Create(environment),
        ConfigListCommand.Create(environment),
        ConfigDeleteCommand.Create(environment),
        ConfigApplyCommand.Create(environment),
    };

    internal static string KindOf(Invocation run) => run.Required(Kind) is var kind && ConfigEntryReader.IsKind(kind)
        ? kind
        : throw new CliException(CliExit.Usage, $"there is no kind \"{kind}\"; kinds are {string.Join(", ", ConfigEntryReader.Kinds)}");

    internal static string PathOf(string kind, string name) => $"/v1/config/{kind}/{ApiPath.Segment(name)}";

    internal static string CasQuery(ulong? cas) => cas is { } index ? string.Create(CultureInfo.InvariantCulture, $"?cas={index}") : "";

    /// <summary>Entries of some kinds, as the server has them.</summary>
    internal static async Task<EntrySet> FetchAsync(Invocation run, IEnumerable<string> kinds)
    {
        var entries = new EntrySet();
        foreach (var kind in kinds)
        {
            foreach (var node in (await run.Api.GetAsync($"/v1/config/{kind}", run.Cancellation)).Array().OfType<JsonNode>())
            {
                entries.Put(Read(node));
            }
        }

        return entries;
    }

    private static ConfigEntry Read(JsonNode node)
    {
        try
        {
            return ConfigEntryReader.Read(System.Text.Encoding.UTF8.GetBytes(node.ToJsonString()));
        }
        catch (ConfigEntryException e)
        {
            throw new CliException(CliExit.Failed, $"the server has an entry that this konsulctl does not understand: {e.Message}");
        }
    }
}
