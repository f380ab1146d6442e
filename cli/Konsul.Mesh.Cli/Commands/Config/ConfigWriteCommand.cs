using System.CommandLine;
using Konsul.Mesh.Cli.ConfigFiles;
using Konsul.Mesh.Cli.Output;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.Cli.Commands.Config;

internal static class ConfigWriteCommand
{
    private static readonly Argument<string> FileName = new("file") { Description = "YAML or JSON, one entry or more; - reads standard input" };

    public static Command Create(CliEnvironment environment) => new Command("write", "Write the entries of a file; exit 1 when --cas lost")
    {
        FileName, ConfigCommands.Cas,
    }.Runs(environment, RunAsync);

    private static async Task<CommandResult> RunAsync(Invocation run)
    {
        var file = run.Required(FileName);
        var documents = file == "-" ? ConfigFileReader.Read(run.Environment.In, "standard input") : ConfigFileReader.Read(file);
        var cas = run.Number(ConfigCommands.Cas);
        if (documents.Count == 0)
        {
            throw new CliException(CliExit.BadFile, $"{file} holds no entry");
        }

        if (cas is not null && documents.Count > 1)
        {
            throw new CliException(CliExit.Usage, "--cas is for one entry, the file has several");
        }

        // All are read before the first is written.
        var written = new List<string>();
        foreach (var entry in documents.Select(d => d.Read()).ToList())
        {
            var answer = await run.Api.PutAsync($"/v1/config{ConfigCommands.CasQuery(cas)}", ConfigEntryWriter.ToBytes(entry), run.Cancellation);
            if (answer.Text != "true")
            {
                throw new CliException(CliExit.Failed, $"{entry.Kind}/{entry.Name} was not written: it has changed");
            }

            written.Add($"{entry.Kind}/{entry.Name}");
        }

        return new CommandResult { Names = written, Message = $"Wrote {string.Join(", ", written)}." };
    }
}
