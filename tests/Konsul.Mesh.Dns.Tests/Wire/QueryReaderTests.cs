using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Tests.Wire;

public sealed class QueryReaderTests
{
    [Fact]
    public void Read_Query_KeepsTheCaseAndLowersTheName()
    {
        var packet = Message.Query("Api.SERVICE.konsul", Message.Srv, udpSize: 1232, id: 7);
        Span<byte> name = stackalloc byte[255];

        var fault = QueryReader.Read(packet, name, out var query);

        Assert.Equal(QueryFault.None, fault);
        Assert.Equal("api.service.konsul", DomainName.ToText(query.Name));
        Assert.Equal((7, RecordType.Srv, 1, true, 1232, true), (query.Id, query.Type, query.Class, query.HasEdns, query.UdpSize, query.RecursionDesired));
        Assert.True(query.Question.SequenceEqual(packet.AsSpan(12, query.Question.Length)));
        Assert.Equal((byte)'A', query.Question[1]);
    }

    /// <summary>What is wrong; the packet in hexadecimal; what it is taken for.</summary>
    public static TheoryData<string, string, int> Faulty => new()
    {
        { "nothing", "", 1 },
        { "half a header", "123401000001", 1 },
        { "an answer", "123481000001000000000000" + "03777777" + "00" + "00010001", 1 },
        { "opcode UPDATE", "123428000001000000000000" + "03777777" + "00" + "00010001", 3 },
        { "no question", "123401000000000000000000", 2 },
        { "two questions", "123401000002000000000000" + "037777770000010001" + "037777770000010001", 2 },
        { "65535 questions", "12340100ffff000000000000", 2 },
        { "a question that is not there", "123401000001000000000000", 2 },
        { "no closing label", "123401000001000000000000" + "03777777", 2 },
        { "a label that lies about its length", "123401000001000000000000" + "3f777777" + "00" + "00010001", 2 },
        { "a label of 64", "123401000001000000000000" + "40" + "00" + "00010001", 2 },
        { "a pointer to itself", "123401000001000000000000" + "c00c" + "00010001", 2 },
        { "a pointer into the header", "123401000001000000000000" + "c000" + "00010001", 2 },
        { "no type", "123401000001000000000000" + "037777770000", 2 },
        { "an additional record that is not there", "123401000001000000000001" + "0377777700" + "00010001", 2 },
        { "65535 additional records", "12340100000100000000ffff" + "0377777700" + "00010001", 2 },
        { "a record that lies about its length", "123401000001000000000001" + "0377777700" + "00010001" + "00" + "0029" + "1000" + "00000000" + "00ff", 2 },
        { "two OPT records", "123401000001000000000002" + "0377777700" + "00010001" + "0000291000000000000000" + "0000291000000000000000", 2 },
        { "an OPT record with a name", "123401000001000000000001" + "0377777700" + "00010001" + "0161" + "000029100000000000" + "0000", 2 },
    };

    [Theory]
    [MemberData(nameof(Faulty))]
    public void Read_FaultyPacket_IsNamed(string what, string hex, int fault)
    {
        Span<byte> name = stackalloc byte[255];

        Assert.Equal(((QueryFault)fault, what), (QueryReader.Read(Convert.FromHexString(hex), name, out _), what));
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void Read_NameOf255Bytes_IsTheLongest(int labels63, bool good)
    {
        // Three labels of 63 and one of 61 are 255 bytes with the closing one.
        var name = string.Join('.', Enumerable.Repeat(new string('a', 63), labels63)) + (labels63 == 3 ? "." + new string('b', 61) : "");

        Span<byte> buffer = stackalloc byte[255];

        Assert.Equal(good ? QueryFault.None : QueryFault.Format, QueryReader.Read(Message.Query(name, 1), buffer, out _));
    }

    [Fact]
    public void Read_AnyBytes_NeverThrows() => Prop.ForAll<byte[]>(bytes =>
    {
        Span<byte> name = stackalloc byte[255];
        var fault = QueryReader.Read(bytes, name, out var query);
        return fault != QueryFault.None || query.Name.Length is > 0 and <= 255;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Read_EveryCutOfAQuery_IsFaulty()
    {
        var packet = Message.Query("api.service.konsul", 1, udpSize: 4096);
        Span<byte> name = stackalloc byte[255];

        for (var length = 0; length < packet.Length; length++)
            Assert.NotEqual(QueryFault.None, QueryReader.Read(packet.AsSpan(0, length), name, out _));
    }
}
