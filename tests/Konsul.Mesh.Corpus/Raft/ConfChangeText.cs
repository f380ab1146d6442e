using System.Collections.Immutable;
using System.Globalization;
using Konsul.Mesh.Raft.Membership;

namespace Konsul.Mesh.Corpus.Raft;

/// <summary>Changes as the cases write them: v1 makes 1 a voter, l1 a learner, r1 removes it, u1 updates it.</summary>
internal static class ConfChangeText
{
    public static bool TryParse(string text, out ImmutableArray<ConfChangeStep> steps, out string error)
    {
        var parsed = ImmutableArray.CreateBuilder<ConfChangeStep>();
        (steps, error) = ([], "");
        foreach (var word in text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            ConfChangeType? type = word[0] switch
            {
                'v' => ConfChangeType.AddVoter,
                'l' => ConfChangeType.AddLearner,
                'r' => ConfChangeType.Remove,
                'u' => ConfChangeType.Update,
                _ => null,
            };
            if (word.Length < 2 || type is null)
            {
                error = word.Length < 2 ? $"unknown token {word}" : $"unknown input: {word}";
                return false;
            }

            parsed.Add(new ConfChangeStep(type.Value, ulong.Parse(word[1..], CultureInfo.InvariantCulture)));
        }

        steps = parsed.ToImmutable();
        return true;
    }

    public static string Format(ConfChange change) => string.Join(' ', change.Steps.Select(step => step.Type switch
    {
        ConfChangeType.AddVoter => $"v{step.NodeId}",
        ConfChangeType.AddLearner => $"l{step.NodeId}",
        ConfChangeType.Remove => $"r{step.NodeId}",
        _ => $"u{step.NodeId}",
    }));
}
