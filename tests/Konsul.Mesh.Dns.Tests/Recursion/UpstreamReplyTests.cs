using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Dns.Recursion;

namespace Konsul.Mesh.Dns.Tests.Recursion;

public sealed class UpstreamReplyTests
{
    private static readonly byte[] Query = Message.Query("www.example.com", Message.A, id: 0x0102);
    private static readonly byte[] Question = Query[12..];

    [Fact]
    public void Read_OptBeforeOtherRecords_CutsFromThere()
    {
        // OPT first among the additional records, then an address.
        byte[] reply = [.. FakeUpstream.Reply(Query, ["192.0.2.1"]), 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4];
        reply[11] = 2;

        var read = UpstreamReply.Read(reply, 0x0102, Question)!;
        var message = Message.Read(read.Message);

        Assert.Equal((1, 0), (message.Answers.Count, message.Additional.Count));
    }

    [Theory]
    [InlineData(0, 0xFF)]
    [InlineData(2, 0x01)]
    [InlineData(2, 0xA9)]
    [InlineData(5, 0x00)]
    [InlineData(5, 0x02)]
    [InlineData(13, (int)'x')]
    [InlineData(7, 0x09)]
    public void Read_NotAReplyToTheQuestion_IsNull(int at, int value)
    {
        var reply = FakeUpstream.Reply(Query, ["192.0.2.1"]);
        reply[at] = (byte)value;

        Assert.Null(UpstreamReply.Read(reply, 0x0102, Question));
    }

    [Fact]
    public void Read_LongTtl_IsKeptForAnHourAtMost() =>
        Assert.Equal(TimeSpan.FromHours(1), UpstreamReply.Read(FakeUpstream.Reply(Query, ["192.0.2.1"], ttl: 86_400), 0x0102, Question)!.Ttl);

    [Fact]
    public void Read_DamagedReplies_NeverThrowsAndCanBePassedOn() => Prop.ForAll<(byte At, byte Value)[]>(damages =>
    {
        var reply = FakeUpstream.Reply(Query, ["edge.example.net", "192.0.2.1", "2001:db8::1"], soa: true);
        foreach (var (at, value) in damages)
            reply[at % reply.Length] = value;
        if (UpstreamReply.Read(reply, 0x0102, Question) is not { } read)
            return true;
        var copy = new byte[read.Message.Length];
        read.CopyTo(copy, TimeSpan.FromSeconds(5));
        return Relay.Addresses(read, TimeSpan.Zero).Length <= 8;
    }).QuickCheckThrowOnFailure();
}
