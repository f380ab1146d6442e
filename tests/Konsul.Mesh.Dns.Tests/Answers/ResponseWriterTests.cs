using System.Collections.Immutable;
using Konsul.Mesh.Dns.Answers;

namespace Konsul.Mesh.Dns.Tests.Answers;

public sealed class ResponseWriterTests
{
    [Fact]
    public void Udp_ManyInstances_PlainClientGetsThree()
    {
        var dns = Many(20);

        var reply = dns.Ask("api.service.konsul", Message.A);

        Assert.Equal((3, false), (reply.Answers.Count, reply.Truncated));
        Assert.Equal(3, reply.Sorted.Distinct().Count());
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(5, 5)]
    [InlineData(100, 8)]
    public void Udp_AnswerLimit_IsAtMostEight(int limit, int answers) =>
        Assert.Equal(answers, Many(20, o => o with { UdpAnswerLimit = limit }).Ask("api.service.konsul", Message.A).Answers.Count);

    [Fact]
    public void Udp_EnableTruncate_SetsTcWhenCut()
    {
        var dns = Many(20, o => o with { EnableTruncate = true });

        Assert.True(dns.Ask("api.service.konsul", Message.A).Truncated);
        Assert.True(dns.Ask("api.service.konsul", Message.Srv, udpSize: 600).Truncated);
        Assert.False(dns.Ask("api.service.konsul", Message.A, udpSize: 4096).Truncated);
        Assert.False(dns.Ask("api.service.konsul", Message.A, udp: false).Truncated);
        Assert.Equal(20, dns.Ask("api.service.konsul", Message.A, udp: false).Answers.Count);
    }

    [Fact]
    public void Edns_Size_BoundsTheReplyAndNeverSplitsATarget()
    {
        var dns = Many(200);
        foreach (var size in (int[])[0, 512, 513, 600, 1232, 4096, 65535])
        {
            var reply = dns.Ask("api.service.konsul", Message.Srv, udpSize: size);

            Assert.InRange(reply.Length, 100, Math.Clamp(size, 512, 4096));
            Assert.NotEmpty(reply.Answers);
            Assert.Equal((4096, 0u), (reply.Edns!.Class, reply.Edns.Ttl));

            // Every target has its address.
            Assert.Equal(reply.Answers.Select(a => a.Data.Split(' ')[3]).Order(), reply.Additional.Where(r => r.Type == Message.A).Select(r => r.Name).Order());
        }
    }

    [Fact]
    public void Tcp_MoreThanFits_IsCutAtRecords()
    {
        var dns = Many(3000);

        var reply = dns.Ask("api.service.konsul", Message.Srv, udp: false);

        Assert.InRange(reply.Length, 60_000, 65_535);
        Assert.Equal(reply.Answers.Count, reply.Additional.Count);
        Assert.Equal(3000, dns.Ask("api.service.konsul", Message.A, udp: false).Answers.Count);
    }

    [Fact]
    public void ARecordLimit_BoundsAddressesEverywhere()
    {
        var dns = Many(20, o => o with { ARecordLimit = 2 });

        Assert.Equal(2, dns.Ask("api.service.konsul", Message.A).Answers.Count);
        Assert.Equal(2, dns.Ask("api.service.konsul", Message.A, udp: false).Answers.Count);
        Assert.Equal(20, dns.Ask("api.service.konsul", Message.Srv, udp: false).Answers.Count);
    }

    [Fact]
    public void Any_OverUdp_IsNoAmplifier()
    {
        var dns = Many(200);
        var query = Message.Query("api.service.konsul", Message.Any, udpSize: 4096);

        var reply = Message.Read(dns.Handle(query));

        Assert.Equal((3, true), (reply.Answers.Count, reply.Truncated));
        Assert.True(reply.Length < 3 * query.Length, $"{query.Length} bytes bring {reply.Length}");
    }

    [Fact]
    public void Txt_LargeMeta_ComesWithAnAddressOnlyWhereItIsSmall()
    {
        var dns = new DnsFixture();
        var meta = Enumerable.Range(0, 8).ToImmutableSortedDictionary(i => $"key-{i}", _ => new string('x', 400));
        dns.Node("n1", "10.0.0.1", meta);

        Assert.InRange(dns.Ask("n1.node.konsul", Message.A, udpSize: 4096).Length, 1, 512);
        Assert.InRange(dns.Ask("n1.node.konsul", Message.Any, udpSize: 4096).Length, 1, 512);
        Assert.Equal(8, dns.Ask("n1.node.konsul", Message.Txt, udpSize: 4096).Answers.Count);
        Assert.Equal(8, dns.Ask("n1.node.konsul", Message.A, udp: false).Additional.Count);
    }

    [Fact]
    public void Srv_NodeWithANameThatIsNone_IsTargetedByItsAddress()
    {
        var dns = new DnsFixture();
        dns.Node(new string('n', 100), "10.0.0.1");
        dns.Service("api", new string('n', 100), 80);

        Assert.Equal(["1 1 80 0a000001.addr.dc1.konsul."], dns.Ask("api.service.konsul", Message.Srv).Sorted);
        Assert.Empty(dns.Ask("1.0.0.10.in-addr.arpa", Message.Ptr).Answers);
    }

    [Fact]
    public void Order_EqualWeights_EveryInstanceIsFirstAlikeOften()
    {
        var dns = Many(4);
        var first = Enumerable.Range(0, 4000).GroupBy(_ => dns.Ask("api.service.konsul", Message.A).Answers[0].Data).ToDictionary(g => g.Key, g => g.Count());

        Assert.Equal(4, first.Count);
        Assert.All(first.Values, count => Assert.InRange(count, 800, 1200));
    }

    [Fact]
    public void Order_Weights_AreTheChanceToBeFirst()
    {
        var dns = new DnsFixture();
        dns.Node("n1", "10.0.0.1");
        dns.Service("api", "n1", address: "10.0.0.8", id: "light", passing: 1);
        dns.Service("api", "n1", address: "10.0.0.9", id: "heavy", passing: 9);
        dns.Service("api", "n1", address: "10.0.0.7", id: "none", passing: 0);

        var replies = Enumerable.Range(0, 4000).Select(_ => dns.Ask("api.service.konsul", Message.A).Answers).ToList();

        Assert.InRange(replies.Count(r => r[0].Data == "10.0.0.9"), 3480, 3720);
        Assert.All(replies, r => Assert.Equal("10.0.0.7", r[2].Data));
    }

    [Fact]
    public void Question_LettersCase_IsRepeated()
    {
        var reply = Many(1).Ask("aPi.SeRvIcE.kOnSuL", Message.A);

        Assert.Equal("aPi.SeRvIcE.kOnSuL.", reply.Question);
        Assert.Equal("aPi.SeRvIcE.kOnSuL.", Assert.Single(reply.Answers).Name);
    }

    [Fact]
    public void Write_LongestName_FitsPlainUdp()
    {
        var labels = string.Join('.', Enumerable.Repeat(new string('x', 60), 3)) + "." + new string('y', 50);

        var reply = Many(1).Ask(labels + ".konsul", Message.A, udpSize: 512);

        Assert.Equal((3, 1), (reply.Code, reply.Authority.Count));
        Assert.NotNull(reply.Edns);
    }

    [Fact]
    public void Serve_PreparedAnswer_AllocatesNothing()
    {
        var dns = Many(50);
        var (packet, output) = (Message.Query("api.service.konsul", Message.Srv, udpSize: 1232), new byte[65_535]);
        for (var i = 0; i < 1000; i++)
            dns.Handler.Handle(packet, udp: true, dns.Writer, output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
            dns.Handler.Handle(packet, udp: true, dns.Writer, output);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void Draw_Uneven_IsAPermutation()
    {
        var order = new WeightedOrder(Model.SystemRandom.Instance);
        var records = Enumerable.Range(0, 100).Select(i => AnswerRecord.Address(new System.Net.IPAddress(i), TimeSpan.Zero, null, i % 7)).ToArray();

        Assert.Equal(Enumerable.Range(0, 100), order.Draw(records, even: false, 100).ToArray().Order());
        Assert.Equal(Enumerable.Range(0, 100), order.Draw(records, even: true, 5).ToArray().Order());
    }

    private static DnsFixture Many(int count, Func<DnsOptions, DnsOptions>? change = null)
    {
        var dns = new DnsFixture(change);
        dns.Node("n1", "10.0.0.1");
        for (var i = 0; i < count; i++)
            dns.Service("api", "n1", 80, $"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}", $"api-{i}");
        return dns;
    }
}
