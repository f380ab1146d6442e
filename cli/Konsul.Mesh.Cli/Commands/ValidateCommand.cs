using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.ConfigFiles;
using Konsul.Mesh.Cli.Output;
using Konsul.Mesh.Model.Chains;

namespace Konsul.Mesh.Cli.Commands;

/// <summary>Checks files of config entries without a server: each by itself, then all together.</summary>
internal static class ValidateCommand
{
    private static readonly Argument<string[]> Paths = new("path")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "Files and directories of YAML and JSON",
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("validate", "Check config entry files, offline; exit 65 when one is wrong") { Paths }.Runs(environment, RunAsync);

    private static Task<CommandResult> RunAsync(Invocation run)
    {
        var problems = new List<string>();
        var entries = new EntrySet();
        var count = 0;
        foreach (var file in ConfigFileReader.Find(run.Value(Paths)!))
        {
            count += Check(file, entries, problems);
        }

        if (problems.Count == 0 && ConfigGraph.Problem(entries) is { } together)
        {
            problems.Add(together);
        }

        return Task.FromResult(new CommandResult
        {
            Code = problems.Count == 0 ? CliExit.Ok : CliExit.BadFile,
            Data = new JsonArray([.. problems.Select(p => (JsonNode)p)]),
            Raw = Encoding.UTF8.GetBytes(string.Concat(problems.Select(p => p + "\n"))),
            Names = problems,
            Message = problems.Count == 0 ? $"{count} entries are good." : $"konsulctl: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}",
        });
    }

    /// <summary>All problems of a file, not only its first.</summary>
    private static int Check(string file, EntrySet entries, List<string> problems)
    {
        try
        {
            var documents = ConfigFileReader.Read(file);
            foreach (var document in documents)
            {
                try
                {
                    var entry = document.Read();
                    if (entries.Find(entry.Kind, entry.Name) is not null)
                    {
                        throw document.Wrong("Name", $"there are two entries {entry.Kind} \"{entry.Name}\"");
                    }

                    entries.Put(entry);
                }
                catch (CliException e)
                {
                    problems.Add(e.Message);
                }
            }

            return documents.Count;
        }
        catch (CliException e)
        {
            problems.Add(e.Message);
            return 0;
        }
    }
}
