using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Api;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Commands.Kv;

/// <summary>Reads all of it and checks it before the first key is written; then writes in transactions, each of them whole or not at all.</summary>
internal static class KvImportCommand
{
    private const int MaxInput = 256 << 20;

    /// <summary>Well below the server's limits of 128 operations and 512 KiB.</summary>
    private const int MaxOperations = 64;
    private const int MaxBytes = 400 * 1024;

    private static readonly Argument<string> Source = new("file") { Description = "What kv export printed; - reads standard input" };
    private static readonly Option<string?> Prefix = new("--prefix") { Description = "Put before every key", HelpName = "PREFIX" };

    public static Command Create(CliEnvironment environment) =>
        new Command("import", "Store the keys of a file that kv export printed") { Source, Prefix }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var entries = Parse(await ReadAsync(run), run.Value(Prefix) ?? "");
        var batch = new JsonArray();
        var bytes = 0;
        foreach (var (key, flags, value) in entries)
        {
            // A large value goes by itself: in a transaction it would be over the limit.
            if (value.Length > MaxBytes)
            {
                await PutAsync(run, key, flags, value);
                continue;
            }

            var size = value.Length + (6 * key.Length) + 64;
            if (batch.Count == MaxOperations || bytes + size > MaxBytes)
            {
                await SendAsync(run, batch);
                (batch, bytes) = (new JsonArray(), 0);
            }

            batch.Add(new JsonObject { ["KV"] = new JsonObject { ["Verb"] = "set", ["Key"] = key, ["Flags"] = flags, ["Value"] = value } });
            bytes += size;
        }

        if (batch.Count > 0)
        {
            await SendAsync(run, batch);
        }

        return new CommandResult
        {
            Data = new JsonObject { ["Imported"] = entries.Count },
            Names = [.. entries.Select(e => e.Key)],
            Message = string.Create(CultureInfo.InvariantCulture, $"Imported {entries.Count} {(entries.Count == 1 ? "key" : "keys")}."),
        };
    }

    private static async Task PutAsync(Invocation run, string key, ulong flags, string value)
    {
        run.Progress();
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/kv/{ApiPath.Key(key)}?flags={flags}");
        await run.Api.PutAsync(path, Convert.FromBase64String(value), run.Cancellation);
    }

    private static async Task SendAsync(Invocation run, JsonArray batch)
    {
        run.Progress();
        await run.Api.PutAsync("/v1/txn", Encoding.UTF8.GetBytes(batch.ToJsonString()), run.Cancellation);
    }

    private static List<(string Key, ulong Flags, string Value)> Parse(byte[] json, string prefix)
    {
        try
        {
            if (JsonNode.Parse(json) is not JsonArray list)
            {
                throw new CliException(CliExit.BadFile, "the input is not a list of keys as kv export prints it");
            }

            return [.. list.Select((item, i) => Entry(item, i, prefix))];
        }
        catch (JsonException e)
        {
            throw new CliException(CliExit.BadFile, $"the input is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine}");
        }
    }

    private static (string Key, ulong Flags, string Value) Entry(JsonNode? item, int i, string prefix)
    {
        var (key, flags, value) = (item.Text("key"), item.Text("flags"), item.Text("value"));
        var number = 0UL;
        if (key.Length == 0 || (flags.Length > 0 && !ulong.TryParse(flags, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            || !Convert.TryFromBase64String(value, new byte[value.Length], out _))
        {
            throw new CliException(CliExit.BadFile, $"entry {i + 1} of the input lacks a key, or its flags are no number or its value is not base64");
        }

        return (prefix + key, number, value);
    }

    private static async Task<byte[]> ReadAsync(Invocation run)
    {
        var file = run.Required(Source);
        try
        {
            await using var opened = file == "-" ? null : File.OpenRead(file);
            using var buffer = new MemoryStream();
            await (opened ?? run.Environment.In).CopyToAsync(buffer, run.Cancellation);
            return buffer.Length <= MaxInput
                ? buffer.ToArray()
                : throw new CliException(CliExit.BadFile, $"the input is larger than {MaxInput >> 20} MiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliExit.BadFile, $"cannot read {file}: {e.Message}");
        }
    }
}
