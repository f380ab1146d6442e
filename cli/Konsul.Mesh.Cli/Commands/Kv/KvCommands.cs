using System.CommandLine;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;

namespace Konsul.Mesh.Cli.Commands.Kv;

internal static class KvCommands
{
    internal static readonly Argument<string> Key = new("key") { Description = "For example config/api/db_url" };

    public static Command Create(CliEnvironment environment) => new("kv", "Keys and values")
    {
        KvGetCommand.Create(environment),
        KvSetCommand.Create(environment),
        KvDeleteCommand.Create(environment),
        KvListCommand.Create(environment),
        KvVersionsCommand.Create(environment),
        KvRollbackCommand.Create(environment),
        KvExportCommand.Create(environment),
        KvImportCommand.Create(environment),
    };

    internal static byte[] ValueOf(JsonNode? pair)
    {
        try
        {
            return Convert.FromBase64String(pair.Text("Value"));
        }
        catch (FormatException)
        {
            throw new CliException(CliExit.Failed, "the server's answer holds a value that is not base64");
        }
    }

    /// <summary>An empty key would address the whole store.</summary>
    internal static string KeyOf(Invocation run) => run.Required(Key) is { Length: > 0 } key
        ? key
        : throw new CliException(CliExit.Usage, "the key must not be empty");
}
