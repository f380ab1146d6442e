using System.CommandLine;

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
    };

    /// <summary>An empty key would address the whole store.</summary>
    internal static string KeyOf(Invocation run) => run.Required(Key) is { Length: > 0 } key
        ? key
        : throw new CliException(CliExit.Usage, "the key must not be empty");
}
