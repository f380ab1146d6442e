using FsCheck;
using FsCheck.Fluent;

namespace Konsul.Mesh.Dns.Tests.Serving;

public sealed class HostilePacketTests
{
    private const string Question = "03617069" + "0773657276696365" + "066b6f6e73756c" + "00";
    private readonly DnsFixture _dns = new();

    public HostilePacketTests()
    {
        _dns.Node("n1", "10.0.0.1");
        _dns.Service("api", "n1");
    }

    /// <summary>What it is; the packet; the code of the answer, -1 for none.</summary>
    public static TheoryData<string, string, int> Packets => new()
    {
        { "an answer", "123481000001000000000000" + Question + "00010001", -1 },
        { "less than a header", "1234010000", -1 },
        { "opcode STATUS", "123410000001000000000000" + Question + "00010001", 4 },
        { "opcode NOTIFY", "123420000001000000000000" + Question + "00010001", 4 },
        { "opcode UPDATE", "123428000001000000000000" + Question + "00060001", 4 },
        { "two questions", "123401000002000000000000" + Question + "00010001" + Question + "00010001", 1 },
        { "a pointer", "123401000001000000000000" + "c00c00010001", 1 },
        { "AXFR", "123401000001000000000000" + Question + "00fc0001", 4 },
        { "IXFR", "123401000001000000000000" + Question + "00fb0001", 4 },
        { "type OPT", "123401000001000000000000" + Question + "00290001", 1 },
        { "class CHAOS", "123401000001000000000000" + "0776657273696f6e0462696e6400" + "00100003", 5 },
        { "class ANY", "123401000001000000000000" + Question + "000100ff", 5 },
        { "EDNS version 1", "123401000001000000000001" + Question + "00010001" + "000029100000010000" + "0000", 16 },
        { "NSID and a cookie", "123401000001000000000001" + Question + "00010001" + "000029100000000000" + "0010" + "00030000" + "000a00080102030405060708", 0 },
        { "an unknown type", "123401000001000000000000" + Question + "ff000001", 0 },
        { "the root", "123401000001000000000000" + "00" + "00010001", 5 },
        { "another domain", "123401000001000000000000" + "076578616d706c6503636f6d00" + "00010001", 5 },
    };

    [Theory]
    [MemberData(nameof(Packets))]
    public void Handle_Packet_IsAnsweredByTheRule(string what, string hex, int code)
    {
        var packet = Convert.FromHexString(hex);

        var reply = _dns.Handle(packet);

        if (code < 0)
        {
            Assert.Empty(reply);
            return;
        }

        var message = Message.Read(reply);
        Assert.Equal((what, code, (ushort)0x1234, true), (what, message.Code, message.Id, message.IsResponse));
        Assert.True(reply.Length <= packet.Length + 80, $"{packet.Length} bytes bring {reply.Length}");
    }

    [Fact]
    public void Handle_Answer_IsNeverAnswered()
    {
        var reply = _dns.Handle(Message.Query("api.service.konsul", 1));

        Assert.Empty(_dns.Handle(reply));
    }

    [Fact]
    public void Handle_StateNotKnownYet_IsServfailAndNeverNxdomain()
    {
        _dns.Known = false;

        Assert.Equal((2, 0), (_dns.Ask("api.service.konsul", 1).Code, _dns.Ask("api.service.konsul", 1).Authority.Count));
    }

    [Fact]
    public void Handle_DnssecOk_IsRepeated()
    {
        var packet = Message.Query("api.service.konsul", 1, udpSize: 1232);
        packet[^4] = 0x80;

        Assert.Equal(0x8000u, Message.Read(_dns.Handle(packet)).Edns!.Ttl);
    }

    [Fact]
    public void Handle_AnyBytes_AnswersAMessageOrNothing() => Prop.ForAll<byte[]>(IsAnswered).QuickCheckThrowOnFailure();

    [Fact]
    public void Handle_DamagedQueries_AnswersAMessageOrNothing()
    {
        var good = Message.Query("v1.api.service.konsul", Message.Srv, udpSize: 1232);
        Prop.ForAll<(byte At, byte Value)[]>(damages =>
        {
            var packet = (byte[])good.Clone();
            foreach (var (at, value) in damages)
                packet[at % packet.Length] = value;
            return IsAnswered(packet);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary><c>make fuzz-dns N=1000000 SEED=7</c> runs it longer.</summary>
    [Fact]
    public void Handle_ManyRandomPackets_AreSurvived()
    {
        var (packets, seed) = (Number("KONSUL_FUZZ_PACKETS", 20_000), Number("KONSUL_FUZZ_SEED", 1));

        var answered = PacketFuzz.Run(_dns, packets, seed);

        Assert.InRange(answered, packets / 2, packets);
        Assert.InRange(_dns.Handler.Prepared, 1, 100_000);
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : otherwise;

    private bool IsAnswered(byte[] packet)
    {
        var reply = _dns.Handle(packet);
        return reply.Length == 0 || Message.Read(reply).IsResponse;
    }
}
