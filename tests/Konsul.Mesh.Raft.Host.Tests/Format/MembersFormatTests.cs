using Konsul.Mesh.Raft.Host.Format;

namespace Konsul.Mesh.Raft.Host.Tests.Format;

/// <summary>Configurations also come from other nodes, inside snapshots.</summary>
public sealed class MembersFormatTests
{
    private static readonly ConfState Members = new()
    {
        Voters = [1, 2, ulong.MaxValue],
        Learners = [7],
        VotersOutgoing = [1, 9],
        LearnersNext = [9],
        AutoLeave = true,
    };

    [Fact]
    public void Take_WhatWasWritten_IsTheSameAndLeavesTheRest()
    {
        ReadOnlySpan<byte> bytes = [.. MembersFormat.ToBytes(Members), 1, 2, 3];

        Assert.Equal(Members, MembersFormat.Take(ref bytes));
        Assert.Equal(3, bytes.Length);
    }

    [Fact]
    public void Take_AnyPrefix_IsNone()
    {
        var bytes = MembersFormat.ToBytes(Members);
        for (var length = 0; length < bytes.Length; length++)
        {
            ReadOnlySpan<byte> cut = bytes.AsSpan(0, length);
            Assert.Null(MembersFormat.Take(ref cut));
        }
    }

    [Fact]
    public void Take_RandomBytes_NeverThrowsAndReadsOnlyWhatIsThere()
    {
        var random = new Random(1);
        var found = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            for (var k = 0; k < bytes.Length; k++)
            {
                bytes[k] = random.Next(3) > 0 ? (byte)0 : (byte)(bytes[k] % 3);
            }

            ReadOnlySpan<byte> rest = bytes;
            if (MembersFormat.Take(ref rest) is { } members)
            {
                found++;
                Assert.Equal(bytes[..^rest.Length], MembersFormat.ToBytes(members));
            }
        }

        Assert.True(found > 100, $"{found}");
    }
}
