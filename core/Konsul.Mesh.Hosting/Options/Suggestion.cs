namespace Konsul.Mesh.Hosting.Options;

/// <summary>"Did you mean …": the nearest known name by edits, if it is near enough to be a slip.</summary>
internal static class Suggestion
{
    public static string For(string given, IEnumerable<string> known)
    {
        if (given.Length > 64)
        {
            return "";
        }

        var best = known.Select(name => (Name: name, Distance: Distance(given, name))).OrderBy(c => c.Distance).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(1, given.Length / 3) ? $"; did you mean {best.Name}?" : "";
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
