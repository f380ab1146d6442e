namespace Konsul.Mesh.Manifests.Tests;

internal sealed record Instruction(string Name, string Arguments);

/// <summary>The instructions of a Dockerfile, with continued lines joined and comments left out, in stages that each begin with FROM.</summary>
internal sealed record Dockerfile(IReadOnlyList<IReadOnlyList<Instruction>> Stages)
{
    public IReadOnlyList<Instruction> Final => Stages[^1];

    public static Dockerfile Parse(string text)
    {
        var stages = new List<List<Instruction>>();
        var lines = text.Split('\n').Where(l => !l.TrimStart().StartsWith('#'));
        foreach (var line in string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            var parts = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            if (parts[0] == "FROM")
            {
                stages.Add([]);
            }

            Assert.True(stages.Count > 0, $"'{line}' stands before the first FROM");
            stages[^1].Add(new Instruction(parts[0], parts.ElementAtOrDefault(1) ?? ""));
        }

        return new Dockerfile(stages);
    }
}
