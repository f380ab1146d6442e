using Konsul.Mesh.Corpus.Raft.Interaction;

namespace Konsul.Mesh.Corpus.Raft;

/// <summary>
/// Runs etcd-io/raft's data-driven cases against our core, strictly: the text must be the same, log lines included. They were written by others,
/// for another implementation, so they are evidence that our own tests cannot be.
/// </summary>
public static class RaftCorpus
{
    public static CorpusResult RunFile(string path) => Run(Path.GetFileName(path), File.ReadAllText(path));

    internal static CorpusResult Run(string name, string text)
    {
        var directives = DirectiveReader.Read(text);
        ICorpusSuite suite = directives.Count == 0 ? new QuorumSuite() : directives[0].Command switch
        {
            "committed" or "vote" => new QuorumSuite(),
            "simple" or "enter-joint" or "leave-joint" => new ConfChangeSuite(),
            _ => new InteractionSuite(),
        };
        var result = new CorpusResult(0, 0, 0, null);
        foreach (var directive in directives)
        {
            result = result.Plus(Judge(name, suite, directive));
        }

        return result;
    }

    private static CorpusResult Judge(string name, ICorpusSuite suite, Directive directive)
    {
        string? output;
        try
        {
            output = suite.Run(directive);
        }
        catch (Exception e) when (e is Konsul.Mesh.Raft.RaftInvariantException or FormatException or ArgumentException or InvalidOperationException)
        {
            output = e.ToString();
        }

        if (output is null)
        {
            return new CorpusResult(0, 0, 1, $"{name}:{directive.Line}: unknown command {directive.Command}");
        }

        output = output.EndsWith('\n') ? output : output + "\n";
        return output == directive.Expected
            ? new CorpusResult(1, 0, 0, null)
            : new CorpusResult(0, 1, 0, Difference($"{name}:{directive.Line}: {directive.Command}", directive.Expected, output));
    }

    private static string Difference(string where, string expected, string output)
    {
        var (wanted, got) = (expected.Split('\n'), output.Split('\n'));
        var line = 0;
        while (line < wanted.Length && line < got.Length && wanted[line] == got[line])
        {
            line++;
        }

        return $"{where}: output line {line + 1}\n  expected: {wanted.ElementAtOrDefault(line)}\n  got:      {got.ElementAtOrDefault(line)}\n{output}";
    }
}
