using System.Buffers.Binary;
using Konsul.Mesh.Dns.Wire;
using Konsul.Mesh.Model;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>
/// Writes replies: draws the order, keeps the limits of number and size, points names at where they stood before (RFC 1035 4.1.4). Used by one
/// thread at a time; allocates nothing once its arrays have grown.
/// </summary>
internal sealed class ResponseWriter(DnsOptions options, IRandom random)
{
    /// <summary>RFC 1035 2.3.4.</summary>
    private const int PlainUdpSize = 512;

    private const int OptLength = 11;

    /// <summary>Consul's own bound of what a client without EDNS gets.</summary>
    private const int MostPlainAnswers = 8;

    private readonly WeightedOrder _order = new(random);
    private readonly List<(AnswerRecord Record, int At)> _leading = [];

    /// <param name="query">What is answered.</param>
    /// <param name="answer">What to say.</param>
    /// <param name="serial">Of the zone.</param>
    /// <param name="udp">Whether the reply is one UDP packet.</param>
    /// <param name="output">Room for the largest reply: <see cref="DnsOptions.MaxUdpSize"/>, or 65,535 bytes.</param>
    /// <returns>The reply's length.</returns>
    public int Write(in DnsQuery query, Answer answer, uint serial, bool udp, Span<byte> output)
    {
        var size = SizeFor(query, udp);
        var message = Begin(query, output[..size]);
        message.Reserve(query.HasEdns ? OptLength : 0);
        _leading.Clear();

        var answers = answer.IsSoa && message.TrySoa(answer.Zone!, options.Soa, serial) ? 1 : 0;
        var (take, limited) = Limit(answer, query, udp && size == PlainUdpSize);
        var order = answer.Balanced || answer.Single ? _order.Draw(answer.Records, answer.Even, take) : _order.Given(answer.Records.Length);
        var written = 0;
        for (var led = 0; written < take; written++)
        {
            var record = answer.Records[order[written]];
            if (!TryAdd(ref message, record, ref led, ref answers, alone: written == 0))
                break;
        }

        var cut = written < take;
        var authority = 0;
        if (answers == 0 && answer.Zone is not null && answer.Code != ResponseCode.Refused && answer.Records.Length == 0)
            authority += message.TrySoa(answer.Zone, options.Soa, serial) ? 1 : 0;
        foreach (var record in answer.Authority)
        {
            if (!message.TryRecord(record, message.OwnerOf(answer.Zone!)))
                break;
            _leading.Add((record, message.Length - record.Body.Length));
            authority++;
        }

        var additional = Additional(ref message, answer, udp);
        message.Release();
        if (query.HasEdns)
            additional += message.Opt(answer.Code, query.DnssecOk, options.MaxUdpSize) ? 1 : 0;
        var truncated = udp && ((cut && written == 0) || ((cut || limited) && (options.EnableTruncate || query.Type == RecordType.Any)));
        message.Finish(answer.Code, answer.Zone is not null && answer.Code != ResponseCode.Refused, truncated, answers, authority, additional);
        return message.Length;
    }

    /// <summary>A reply without records: an error, or TC for "ask again over TCP".</summary>
    public int WriteEmpty(in DnsQuery query, ResponseCode code, bool truncated, Span<byte> output)
    {
        var message = Begin(query, output[..PlainUdpSize]);
        var additional = query.HasEdns && message.Opt(code, query.DnssecOk, options.MaxUdpSize) ? 1 : 0;
        message.Finish(code, authoritative: false, truncated, 0, 0, additional);
        return message.Length;
    }

    /// <summary>
    /// The longest reply that a client takes. ANY asks for more than anybody needs, and the source of a packet may be forged: over UDP it never gets
    /// more than a plain client.
    /// </summary>
    public int SizeFor(in DnsQuery query, bool udp) =>
        !udp ? ushort.MaxValue : query.HasEdns && query.Type != RecordType.Any ? Math.Clamp(query.UdpSize, PlainUdpSize, options.MaxUdpSize) : PlainUdpSize;

    private MessageWriter Begin(in DnsQuery query, Span<byte> output) => new(output, query, !options.Recursors.IsEmpty);

    private (int Take, bool Limited) Limit(Answer answer, in DnsQuery query, bool plain)
    {
        var count = answer.Records.Length;
        if (answer.Single)
            return (Math.Min(count, 1), false);
        if (!answer.Balanced && !answer.Ordered)
            return (count, false);
        if (options.ARecordLimit > 0 && query.Type is RecordType.A or RecordType.Aaaa or RecordType.Any)
            count = Math.Min(count, options.ARecordLimit);

        var most = plain ? Math.Min(options.UdpAnswerLimit, MostPlainAnswers) : int.MaxValue;
        return (Math.Min(count, most), count > most);
    }

    /// <summary>Adds a record, if what it leads to also fits; the first goes without when it must.</summary>
    private bool TryAdd(ref MessageWriter message, AnswerRecord record, ref int reserved, ref int answers, bool alone)
    {
        var inline = record.Type == RecordType.Cname;
        var ledSize = inline || IsLed(record) ? 0 : LedSize(record, message.Length);
        if (!message.Fits(MessageWriter.PointerLength + record.Body.Length + reserved + ledSize))
        {
            if (!alone)
                return false;
            ledSize = 0;
            if (!message.TryRecord(record, message.QuestionName))
                return false;
            answers++;
            return true;
        }

        message.TryRecord(record, message.QuestionName);
        answers++;
        var bodyAt = message.Length - record.Body.Length;
        if (inline)
        {
            foreach (var next in record.Led)
                answers += message.TryRecord(next, next.Owner) ? 1 : 0;
        }
        else if (record.Led.Length > 0)
        {
            reserved += ledSize;
            _leading.Add((record, bodyAt));
        }

        return true;
    }

    private bool IsLed(AnswerRecord record)
    {
        foreach (var (other, _) in _leading)
        {
            if (ReferenceEquals(other.Led, record.Led))
                return true;
        }

        return false;
    }

    private static int LedSize(AnswerRecord record, int at)
    {
        var size = 0;
        foreach (var led in record.Led)
            size += MessageWriter.OwnerLength(led.Owner, at + MessageWriter.PointerLength + record.TargetAt) + led.Body.Length;
        return size;
    }

    private int Additional(ref MessageWriter message, Answer answer, bool udp)
    {
        var count = 0;
        for (var i = 0; i < _leading.Count; i++)
        {
            var (record, at) = _leading[i];
            if (IsLedBefore(i))
                continue;
            foreach (var led in record.Led)
                count += message.TryRecord(led, led.Owner, at + record.TargetAt) ? 1 : 0;
        }

        // Nobody asked for these: they make no reply larger than the smallest that everybody takes.
        foreach (var record in answer.Additional)
        {
            if (!udp || message.Length + MessageWriter.PointerLength + record.Body.Length <= PlainUdpSize)
                count += message.TryRecord(record, message.QuestionName) ? 1 : 0;
        }

        return count;
    }

    private bool IsLedBefore(int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (ReferenceEquals(_leading[i].Record.Led, _leading[index].Record.Led))
                return true;
        }

        return false;
    }
}
