using Konsul.Mesh.TestKit.Linearizability;

namespace Konsul.Mesh.Corpus.Histories;

/// <summary>A recorded history says in its file name what it is.</summary>
internal static class ExpectedVerdict
{
    private static readonly char[] Separators = ['.', '-', '_', ' '];

    /// <summary>Reads "linearizable" or "ok", and "not-linearizable" or "bad", as words of a file name.</summary>
    /// <returns>Null if the name says neither, or both.</returns>
    public static Verdict? Of(string fileName)
    {
        var words = fileName.ToLowerInvariant().Split(Separators);
        var legal = false;
        var illegal = false;
        foreach (var (at, word) in words.Index())
        {
            var negated = at > 0 && words[at - 1] is "not" or "non";
            illegal |= word is "bad" or "nonlinearizable" || (word == "linearizable" && negated);
            legal |= word is "ok" || (word == "linearizable" && !negated);
        }

        return legal == illegal ? null : legal ? Verdict.Ok : Verdict.Illegal;
    }
}
