using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

internal static class KvSetCommand
{
    /// <summary>The API's own limit is 512 KiB; more is not worth reading.</summary>
    private const int MaxValue = 512 * 1024;

    private static readonly Argument<string?> Value = new("value")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The value; - reads standard input",
    };

    private static readonly Option<string?> FromFile = new("--file") { Description = "Take the value from this file", HelpName = "FILE" };
    private static readonly Option<string?> Cas = new("--cas")
    {
        Description = "Only if the key's ModifyIndex is still this; 0: only if absent",
        HelpName = "INDEX",
    };

    private static readonly Option<string?> Flags = new("--flags") { Description = "Number stored with the value", HelpName = "N" };

    private static readonly Option<string?> Ttl = new("--ttl") { Description = "Deleted so long after this write [default: never]", HelpName = "DURATION" };
    private static readonly Option<string?> Acquire = new("--acquire") { Description = "Take the key's lock for this session", HelpName = "SESSION" };
    private static readonly Option<string?> Release = new("--release") { Description = "Give back the lock that this session holds", HelpName = "SESSION" };

    public static Command Create(CliEnvironment environment)
    {
        var command = new Command("set", "Store a value; exit 1 when --cas or the lock is lost") { KvCommands.Key, Value, FromFile, Cas, Flags, Ttl, Acquire, Release };

        // Consul's own word for it.
        command.Aliases.Add("put");
        return command.Runs(environment, RunAsync);
    }

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var key = KvCommands.KeyOf(run);
        var query = string.Join('&', new[]
        {
            Parameter("cas", run.Number(Cas)), Parameter("flags", run.Number(Flags)),
            Parameter("ttl", run.Value(Ttl)), Parameter("acquire", run.Value(Acquire)), Parameter("release", run.Value(Release)),
        }.OfType<string>());
        var path = $"/v1/kv/{ApiPath.Key(key)}{(query.Length > 0 ? "?" : "")}{query}";
        var answer = await run.Api.PutAsync(path, await ValueAsync(run), run.Cancellation);
        var stored = answer.Text == "true";
        return new CommandResult
        {
            Code = stored ? CliExit.Ok : CliExit.Failed,
            Data = new JsonObject { ["Key"] = key, ["Stored"] = stored },
            Names = [key],
            Message = stored ? $"Stored {key}." : $"konsulctl: {key} was not stored: it has changed or is locked",
        };
    }

    private static string? Parameter(string name, string? value) => value is null ? null : $"{name}={Uri.EscapeDataString(value)}";

    private static string? Parameter(string name, ulong? value) =>
        value is { } number ? string.Create(CultureInfo.InvariantCulture, $"{name}={number}") : null;

    private static async Task<byte[]> ValueAsync(Invocation run)
    {
        switch (run.Value(Value), run.Value(FromFile))
        {
            case (null, null):
                throw new CliException(CliExit.Usage, "a value or --file is missing");
            case (not null, not null):
                throw new CliException(CliExit.Usage, "give either a value or --file");
            case ("-", _):
                return await ReadAsync(run.Environment.In, "standard input", run.Cancellation);
            case ({ } text, _):
                return Encoding.UTF8.GetBytes(text);
            case (_, { } file):
                try
                {
                    await using var stream = File.OpenRead(file);
                    return await ReadAsync(stream, file, run.Cancellation);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new CliException(CliExit.BadFile, $"cannot read {file}: {e.Message}");
                }
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream, string what, CancellationToken cancellation)
    {
        var buffer = new byte[MaxValue + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length <= MaxValue
            ? buffer[..length]
            : throw new CliException(CliExit.BadFile, $"{what} is larger than {MaxValue / 1024} KiB, the limit of a value");
    }
}
