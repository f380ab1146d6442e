using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Konsul.Mesh.Dns.Tests;

/// <summary>A message as a client reads it, with a parser of its own.</summary>
internal sealed class Message
{
    public const int A = 1, Ns = 2, Cname = 5, Soa = 6, Ptr = 12, Mx = 15, Txt = 16, Aaaa = 28, Srv = 33, Opt = 41, Axfr = 252, Any = 255;

    private readonly byte[] _bytes;

    private Message(byte[] bytes) => _bytes = bytes;

    public ushort Id => Word(0);

    public ushort Flags => Word(2);

    public int Code => (Flags & 15) | (Edns is { } opt ? (int)(opt.Ttl >> 24 << 4) : 0);

    public bool IsResponse => (Flags & 0x8000) != 0;

    public bool Authoritative => (Flags & 0x0400) != 0;

    public bool Truncated => (Flags & 0x0200) != 0;

    public bool RecursionAvailable => (Flags & 0x0080) != 0;

    public string Question { get; private set; } = "";

    public List<Record> Answers { get; } = [];

    public List<Record> Authority { get; } = [];

    public List<Record> Additional { get; } = [];

    public Record? Edns => Additional.Find(r => r.Type == Opt);

    public int Length => _bytes.Length;

    /// <summary>The data of all answers as text, sorted.</summary>
    public string[] Sorted => [.. Answers.Select(a => a.Data).Order(StringComparer.Ordinal)];

    public static Message Read(ReadOnlySpan<byte> bytes)
    {
        var message = new Message(bytes.ToArray());
        var at = 12;
        for (var i = message.Word(4); i > 0; i--)
        {
            message.Question = message.Name(ref at);
            at += 4;
        }

        message.Section(ref at, 6, message.Answers);
        message.Section(ref at, 8, message.Authority);
        message.Section(ref at, 10, message.Additional);
        Assert.Equal(bytes.Length, at);
        return message;
    }

    /// <summary>A query as a simple resolver writes it.</summary>
    /// <param name="name">Dotted.</param>
    /// <param name="type">Its number.</param>
    /// <param name="udpSize">With EDNS, when not null.</param>
    /// <param name="id">Of the query.</param>
    /// <param name="recursion">The RD bit.</param>
    public static byte[] Query(string name, int type, int? udpSize = null, ushort id = 0x1234, bool recursion = true)
    {
        using var bytes = new MemoryStream();
        Put(bytes, id, recursion ? 0x0100 : 0, 1, 0, 0, udpSize is null ? 0 : 1);
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            bytes.WriteByte((byte)label.Length);
            bytes.Write(Encoding.Latin1.GetBytes(label));
        }

        bytes.WriteByte(0);
        Put(bytes, type, 1);
        if (udpSize is { } size)
        {
            bytes.WriteByte(0);
            Put(bytes, Opt, size, 0, 0, 0);
        }

        return bytes.ToArray();
    }

    private static void Put(MemoryStream bytes, params int[] words)
    {
        foreach (var word in words)
        {
            bytes.WriteByte((byte)(word >> 8));
            bytes.WriteByte((byte)word);
        }
    }

    private ushort Word(int at) => BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(at));

    private uint Long(int at) => BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(at));

    private void Section(ref int at, int countAt, List<Record> records)
    {
        for (var i = Word(countAt); i > 0; i--)
        {
            var name = Name(ref at);
            var (type, length) = (Word(at), Word(at + 8));
            records.Add(new Record(name, type, Word(at + 2), Long(at + 4), Data(type, at + 10, length)));
            at += 10 + length;
        }
    }

    private string Data(int type, int at, int length)
    {
        switch (type)
        {
            case A or Aaaa:
                return new IPAddress(_bytes.AsSpan(at, length)).ToString();
            case Srv:
                var name = at + 6;
                return $"{Word(at)} {Word(at + 2)} {Word(at + 4)} {Name(ref name)}";
            case Ns or Cname or Ptr:
                return Name(ref at);
            case Soa:
                var (server, mailbox) = (Name(ref at), Name(ref at));
                return $"{server} {mailbox} {Long(at)} {Long(at + 4)} {Long(at + 8)} {Long(at + 12)} {Long(at + 16)}";
            case Txt:
                var text = new StringBuilder();
                for (var end = at + length; at < end; at += _bytes[at] + 1)
                    text.Append(Encoding.UTF8.GetString(_bytes, at + 1, _bytes[at]));
                return text.ToString();
            default:
                return Convert.ToHexString(_bytes, at, length);
        }
    }

    private string Name(ref int at)
    {
        var name = new StringBuilder();
        var (from, jumped) = (at, false);
        while (_bytes[from] != 0)
        {
            if (_bytes[from] >= 0xC0)
            {
                var target = Word(from) & 0x3FFF;
                Assert.True(target < from, "a pointer forward");
                at = jumped ? at : from + 2;
                (from, jumped) = (target, true);
                continue;
            }

            name.Append(Encoding.Latin1.GetString(_bytes, from + 1, _bytes[from])).Append('.');
            from += _bytes[from] + 1;
        }

        at = jumped ? at : from + 1;
        return name.Length == 0 ? "." : name.ToString();
    }

    internal sealed record Record(string Name, int Type, int Class, uint Ttl, string Data);
}
