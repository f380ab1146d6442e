using System.Text;
using Konsul.Mesh.Raft;

namespace Konsul.Mesh.Corpus.Raft.Interaction;

/// <summary>What a directive prints: its own lines, and the trace of the nodes from a level on. At the highest level nothing is printed.</summary>
internal sealed class InteractionOutput : IRaftTrace
{
    private static readonly string[] Names = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE"];
    private StringBuilder _text = new();

    public int Level { get; set; }

    public bool IsQuiet => Level == Names.Length - 1;

    public bool IsEnabled(RaftTraceLevel level) => (int)level >= Level;

    public void Write(RaftTraceLevel level, string line) => Write($"{Names[(int)level]} {line}\n");

    public void Write(string text)
    {
        if (!IsQuiet)
        {
            _text.Append(text);
        }
    }

    public void WriteLine(string line) => Write(line + "\n");

    public void Indented(Action write)
    {
        var outer = _text;
        _text = new StringBuilder();
        write();
        foreach (var line in _text.ToString().Split('\n', StringSplitOptions.None).SkipLast(_text.Length > 0 && _text[^1] == '\n' ? 1 : 0))
        {
            if (_text.Length > 0)
            {
                outer.Append("  ").Append(line).Append('\n');
            }
        }

        _text = outer;
    }

    /// <summary>Ends a directive.</summary>
    public string Take(string? error)
    {
        if (error is not null)
        {
            if (IsQuiet)
            {
                return error;
            }

            _text.Append(error);
        }

        var text = _text.Length == 0 ? "ok" : _text.ToString();
        _text.Clear();
        return text;
    }

    public bool TrySetLevel(string name)
    {
        var level = Array.FindIndex(Names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
        Level = level < 0 ? Level : level;
        return level >= 0;
    }
}
