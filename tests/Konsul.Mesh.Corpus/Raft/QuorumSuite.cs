using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Konsul.Mesh.Raft.Quorum;

namespace Konsul.Mesh.Corpus.Raft;

/// <summary>The cases of quorums. Each computation is also made another way that must agree; what does not is printed, and so fails the case.</summary>
internal sealed class QuorumSuite : ICorpusSuite
{
    public string? Run(Directive directive)
    {
        var voters = directive.Numbers("cfg").ToImmutableSortedSet().ToImmutableArray();
        var isJoint = directive.Value("cfgj") is not null;
        ImmutableArray<ulong> other = directive.Value("cfgj") is null or "zero" ? [] : [.. directive.Numbers("cfgj").ToImmutableSortedSet()];
        ImmutableArray<ulong> inOrder = [.. directive.Numbers("cfg").Concat(other.IsEmpty ? [] : directive.Numbers("cfgj")).Distinct()];
        var given = directive.Arguments.Where(a => a.Key is "idx" or "votes").SelectMany(a => a.Values).ToArray();
        if (given.Length != inOrder.Length)
        {
            // The list the message prints holds 0 for a voter that is left out, and 1 and 2 for votes.
            return $"error: mismatched input (explicit or _) for voters {Map(inOrder)}: [{string.Join(' ', given.Select(Code))}]";
        }

        var pairs = inOrder.Zip(given).Where(pair => pair.Second != "_");
        return directive.Command switch
        {
            "committed" => Committed(voters, other, isJoint, new Acks(pairs.ToDictionary(p => p.First, p => ulong.Parse(p.Second, CultureInfo.InvariantCulture)))),
            "vote" => Vote(voters, other, isJoint, new SortedList<ulong, bool>(pairs.ToDictionary(p => p.First, p => p.Second == "y"))),
            _ => null,
        };
    }

    private static string Committed(ImmutableArray<ulong> voters, ImmutableArray<ulong> other, bool isJoint, Acks acks)
    {
        var text = new StringBuilder(Describe([.. voters.Union(other).Order()], acks));
        if (isJoint)
        {
            var joint = Joint.CommittedIndex(voters.AsSpan(), other.AsSpan(), acks);
            Expect(text, joint, Joint.CommittedIndex(other.AsSpan(), voters.AsSpan(), acks), "via symmetry");
            return text.Append(Index(joint)).Append('\n').ToString();
        }

        var index = Majority.CommittedIndex(voters.AsSpan(), acks);
        Expect(text, index, ByCounting(voters, acks), "via alternative computation");
        Expect(text, index, Joint.CommittedIndex(voters.AsSpan(), [], acks), "via zero-joint quorum");
        Expect(text, index, Joint.CommittedIndex(voters.AsSpan(), voters.AsSpan(), acks), "via self-joint quorum");
        foreach (var voter in voters)
        {
            // Whoever is behind the result may be further behind.
            if (acks.TryGetAcked(voter, out var acked) && index > acked)
            {
                Expect(text, index, Majority.CommittedIndex(voters.AsSpan(), acks.With(voter, acked - 1)), $"overlaying {voter}->{acked}");
                Expect(text, index, Majority.CommittedIndex(voters.AsSpan(), acks.With(voter, 0)), $"overlaying {voter}->0");
            }
        }

        return text.Append(Index(index)).Append('\n').ToString();
    }

    private static string Vote(ImmutableArray<ulong> voters, ImmutableArray<ulong> other, bool isJoint, SortedList<ulong, bool> votes)
    {
        if (!isJoint)
        {
            return $"Vote{Majority.Count(voters.AsSpan(), votes)}\n";
        }

        var result = Joint.Count(voters.AsSpan(), other.AsSpan(), votes);
        var mirrored = Joint.Count(other.AsSpan(), voters.AsSpan(), votes);
        return (mirrored == result ? "" : $"Vote{mirrored} <-- via symmetry\n") + $"Vote{result}\n";
    }

    /// <summary>The highest acknowledged index that enough voters have reached.</summary>
    private static ulong ByCounting(ImmutableArray<ulong> voters, Acks acks)
    {
        if (voters.IsEmpty)
        {
            return ulong.MaxValue;
        }

        var reached = voters.Select(v => acks.TryGetAcked(v, out var index) ? index : 0).ToArray();
        return reached.Append(0UL).Where(index => reached.Count(r => r >= index) > voters.Length / 2).Max();
    }

    private static void Expect(StringBuilder text, ulong index, ulong other, string how)
    {
        if (index != other)
        {
            text.Append(Index(other)).Append(" <-- ").Append(how).Append('\n');
        }
    }

    private static string Describe(ImmutableArray<ulong> voters, Acks acks)
    {
        if (voters.IsEmpty)
        {
            return "<empty majority quorum>";
        }

        var text = new StringBuilder().Append(' ', voters.Length).Append("    idx\n");
        var ordered = voters.Select(v => acks.TryGetAcked(v, out var index) ? index : 0).Order().ToList();
        foreach (var voter in voters)
        {
            var isKnown = acks.TryGetAcked(voter, out var index);
            var bar = ordered.IndexOf(index);
            text.Append(isKnown ? new string('x', bar) + ">" + new string(' ', voters.Length - bar) : "?" + new string(' ', voters.Length));
            text.Append(CultureInfo.InvariantCulture, $" {index,5}    (id={voter:x})\n");
        }

        return text.ToString();
    }

    private static string Index(ulong index) => index == ulong.MaxValue ? "∞" : index.ToString(CultureInfo.InvariantCulture);

    private static string Code(string value) => value switch { "_" => "0", "n" => "1", "y" => "2", _ => value };

    private static string Map(ImmutableArray<ulong> ids) => $"map[{string.Join(' ', ids.Select(id => $"{id}:{{}}"))}]";

    private sealed class Acks(Dictionary<ulong, ulong> indexes) : IAckedIndexes
    {
        public bool TryGetAcked(ulong voter, out ulong index) => indexes.TryGetValue(voter, out index);

        public Acks With(ulong voter, ulong index) => new(new Dictionary<ulong, ulong>(indexes) { [voter] = index });
    }
}
