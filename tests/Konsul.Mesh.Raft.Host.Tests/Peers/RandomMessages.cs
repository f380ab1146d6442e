using System.Collections.Immutable;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

/// <summary>Messages that a correct peer may send, from a seed.</summary>
internal static class RandomMessages
{
    private static readonly MessageType[] Types = [.. Enum.GetValues<MessageType>().Where(Konsul.Mesh.Raft.Host.Peers.Codec.MessageRules.Travels)];

    public static Message Of(int seed)
    {
        var random = new Random(seed);
        var type = Types[random.Next(Types.Length)];
        var term = (ulong)random.NextInt64(10, 1L << 40);
        var logTerm = type is MessageType.App or MessageType.Vote ? (ulong)random.NextInt64(1, 10) : 0;
        var index = Maybe(random);
        return new Message
        {
            Type = type,
            To = (ulong)random.NextInt64(1, long.MaxValue),
            From = (ulong)random.NextInt64(1, long.MaxValue),
            Term = type is MessageType.Prop or MessageType.ReadIndex ? 0 : term,
            LogTerm = logTerm,
            Index = index,
            Commit = Maybe(random),
            Reject = random.Next(2) == 0,
            RejectHint = Maybe(random),
            Context = Maybe(random),
            Snapshot = type == MessageType.Snap ? new Snapshot(index + 1, term, Members(random)) : null,
            Entries = type switch
            {
                MessageType.App => Entries(random, index, logTerm),
                MessageType.Prop => [.. Entries(random, 0, 1).Select(e => e with { Term = 0, Index = 0 })],
                _ => [],
            },
        };
    }

    /// <summary>Every field, so that two messages with the same text are the same.</summary>
    public static string Text(Message m) =>
        $"{m with { Entries = [], Snapshot = null, Responses = [] }} snapshot {m.Snapshot?.Index} {m.Snapshot?.Term} {Text(m.Snapshot?.Members)} entries "
        + string.Join(' ', m.Entries.Select(e => $"{e.Term}/{e.Index}/{e.Type}/{Convert.ToHexString(e.Data.Span)}"));

    private static string Text(ConfState? c) =>
        c is null ? "" : $"{string.Join(',', c.Voters)}|{string.Join(',', c.Learners)}|{string.Join(',', c.VotersOutgoing)}|{string.Join(',', c.LearnersNext)}|{c.AutoLeave}";

    private static ulong Maybe(Random random) => random.Next(3) == 0 ? 0 : (ulong)random.NextInt64(1, 1L << 50);

    private static ImmutableArray<Entry> Entries(Random random, ulong index, ulong term)
    {
        var entries = ImmutableArray.CreateBuilder<Entry>();
        for (var left = random.Next(6); left > 0; left--)
        {
            var data = new byte[random.Next(200)];
            random.NextBytes(data);
            term += (ulong)random.Next(2) % 3;
            entries.Add(new Entry(Math.Max(term, 1), ++index, (EntryType)random.Next(3), data));
        }

        return entries.DrainToImmutable();
    }

    private static ConfState Members(Random random)
    {
        var ids = Enumerable.Range(1, 12).Select(i => (ulong)i * 7).ToArray();
        random.Shuffle(ids);
        var outgoing = ids[4..6].Order().ToImmutableArray();
        return new ConfState
        {
            Voters = [.. ids[..random.Next(1, 5)].Order()],
            Learners = [.. ids[8..(8 + random.Next(4))].Order()],
            VotersOutgoing = outgoing,
            LearnersNext = random.Next(2) == 0 ? [outgoing[0]] : [],
            AutoLeave = random.Next(2) == 0,
        };
    }
}
