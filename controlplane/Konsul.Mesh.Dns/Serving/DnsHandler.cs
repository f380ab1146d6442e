using System.Buffers.Binary;
using System.Net;
using Konsul.Mesh.Dns.Answers;
using Konsul.Mesh.Dns.Recursion;
using Konsul.Mesh.Dns.Wire;
using Konsul.Mesh.Model;
using Konsul.Mesh.State;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Dns.Serving;

/// <summary>One packet in, one packet out. Any number of threads, each with a <see cref="ResponseWriter"/> of its own.</summary>
internal sealed class DnsHandler
{
    /// <summary>The answer is not here: <see cref="ResolveAsync"/> has to be called.</summary>
    public const int Elsewhere = -1;

    /// <summary>Records that prepared answers may hold together.</summary>
    private const int KeptRecords = 50_000;

    private readonly DnsOptions _options;
    private readonly Func<StateView?> _view;
    private readonly Answerer _answerer;
    private readonly Recursor _recursor;
    private readonly IRandom _random;
    private readonly TimeProvider _time;
    private readonly DnsMetrics _metrics;
    private readonly QueryCounters _counters;
    private readonly BoundedCache<PreparedAnswer> _prepared = new(KeptRecords);

    public DnsHandler(DnsOptions options, Func<StateView?> view, IDnsSources sources, DnsMetrics metrics, IRandom random, TimeProvider time)
    {
        (_options, _view, _metrics, _random, _time) = (options, view, metrics, random, time);
        _answerer = new Answerer(options, sources);
        _recursor = new Recursor(options, metrics, random, time);
        _counters = new QueryCounters(metrics);
    }

    /// <summary>Answers that are prepared now.</summary>
    public int Prepared => _prepared.Count;

    /// <summary>Questions that recursors are asked now.</summary>
    public int Asking => _recursor.Asking;

    public ResponseWriter NewWriter() => new(_options, _random);

    /// <returns>The reply's length; 0 when there is none to send; <see cref="Elsewhere"/>.</returns>
    /// <param name="packet">One message.</param>
    /// <param name="udp">How it came.</param>
    /// <param name="writer">This thread's.</param>
    /// <param name="output">See <see cref="ResponseWriter.Write"/>.</param>
    public int Handle(ReadOnlySpan<byte> packet, bool udp, ResponseWriter writer, Span<byte> output)
    {
        var started = _time.GetTimestamp();
        Span<byte> name = stackalloc byte[DomainName.MaxLength];
        var fault = QueryReader.Read(packet, name, out var query);
        if (fault == QueryFault.Ignore)
        {
            _metrics.Dropped("malformed").Increment();
            return 0;
        }

        var length = Refusal(query, fault) is { } code
            ? writer.WriteEmpty(query, code, truncated: false, output)
            : Answer(query, udp, writer, output);
        if (length > 0)
        {
            Count(query, output);
            _metrics.Duration.Record(_time.GetElapsedTime(started));
        }

        return length;
    }

    /// <summary>"Ask again over TCP", without saying anything else.</summary>
    public int Slip(ReadOnlySpan<byte> packet, ResponseWriter writer, Span<byte> output)
    {
        Span<byte> name = stackalloc byte[DomainName.MaxLength];
        return QueryReader.Read(packet, name, out var query) == QueryFault.None ? writer.WriteEmpty(query, ResponseCode.NoError, truncated: true, output) : 0;
    }

    /// <summary>Answers with the help of recursors, or SERVFAIL when they have none.</summary>
    /// <param name="packet">One message that <see cref="Handle"/> could not answer.</param>
    /// <param name="udp">How it came.</param>
    /// <param name="source">From whom.</param>
    /// <param name="output">See <see cref="ResponseWriter.Write"/>.</param>
    /// <returns>The reply's length.</returns>
    public async Task<int> ResolveAsync(byte[] packet, bool udp, IPAddress? source, Memory<byte> output)
    {
        var (question, chased) = Wanted(packet);
        var reply = question is null ? null : _recursor.Kept(question) ?? await _recursor.AskAsync(question, source).ConfigureAwait(false);
        return Finish(packet, udp, reply, chased, output.Span);
    }

    private static ResponseCode? Refusal(in DnsQuery query, QueryFault fault) => fault switch
    {
        QueryFault.Format => ResponseCode.FormatError,
        QueryFault.Opcode => ResponseCode.NotImplemented,
        _ when query.EdnsVersion > 0 => ResponseCode.BadVersion,
        _ when query.Class != HeaderFlags.Internet => ResponseCode.Refused,
        _ when query.Type is RecordType.Axfr or RecordType.Ixfr => ResponseCode.NotImplemented,
        _ when query.Type == RecordType.Opt => ResponseCode.FormatError,
        _ => null,
    };

    private int Answer(in DnsQuery query, bool udp, ResponseWriter writer, Span<byte> output)
    {
        if (_view() is not { } view)
            return writer.WriteEmpty(query, ResponseCode.ServerFailure, truncated: false, output);
        if (Prepare(view, query.Name, query.Type) is { } prepared)
        {
            var outside = _recursor.IsAvailable && query.RecursionDesired && prepared.Answer.Single
                && prepared.Answer.Records.Any(static r => r.Outside is not null);
            return outside ? Elsewhere : writer.Write(query, prepared.Answer, (uint)view.Index, udp, output);
        }

        if (!_recursor.IsAvailable || !query.RecursionDesired)
            return writer.WriteEmpty(query, ResponseCode.Refused, truncated: false, output);
        Span<byte> question = stackalloc byte[DomainName.MaxLength + 4];
        return _recursor.Kept(Question(query, question)) is { } kept
            ? Relay.Write(query, kept.Reply, _recursor.Age(kept), udp, writer, _options.MaxUdpSize, output)
            : Elsewhere;
    }

    private PreparedAnswer? Prepare(StateView view, ReadOnlySpan<byte> name, RecordType type)
    {
        Span<byte> key = stackalloc byte[DomainName.MaxLength + 2];
        BinaryPrimitives.WriteUInt16BigEndian(key, (ushort)type);
        name.CopyTo(key[2..]);
        key = key[..(name.Length + 2)];
        if (_prepared.TryGet(key, out var prepared) && prepared.Stamp.HoldsFor(view))
            return prepared;
        prepared = _answerer.Answer(view, name, type);

        // Names that nobody has are endless and cheap to look up; services that nobody can serve are neither.
        if (prepared is { Answer.Code: not ResponseCode.NameError } or { Stamp.On: StampKind.Service or StampKind.Connect })
            _prepared.Set(key, prepared, 1 + prepared.Answer.Records.Length);
        return prepared;
    }

    /// <summary>What to ask the recursors for: the question itself, or the name outside that one of our names stands for.</summary>
    private (byte[]? Question, AnswerRecord? Chased) Wanted(ReadOnlySpan<byte> packet)
    {
        Span<byte> name = stackalloc byte[DomainName.MaxLength];
        if (QueryReader.Read(packet, name, out var query) != QueryFault.None)
            return (null, null);
        Span<byte> question = stackalloc byte[DomainName.MaxLength + 4];
        if (_view() is not { } view)
            return (null, null);
        if (Prepare(view, query.Name, query.Type) is not { Answer: { Single: true } answer })
            return (Question(query, question).ToArray(), null);
        var outside = Array.FindAll(answer.Records, static r => r.Outside is not null);
        if (outside.Length == 0)
            return (null, null);
        var chased = outside[_random.Next(outside.Length)];
        var type = query.Type == RecordType.Aaaa ? RecordType.Aaaa : RecordType.A;
        return ([.. chased.Outside!, 0, (byte)type, 0, (byte)HeaderFlags.Internet], chased);
    }

    private int Finish(ReadOnlySpan<byte> packet, bool udp, KeptReply? kept, AnswerRecord? chased, Span<byte> output)
    {
        Span<byte> name = stackalloc byte[DomainName.MaxLength];
        if (QueryReader.Read(packet, name, out var query) != QueryFault.None || _view() is not { } view)
            return 0;
        var writer = NewWriter();
        int length;
        if (chased is not null)
        {
            // Without an answer from outside the name alone is better than nothing: the client may know whom to ask.
            var record = kept is null ? chased : chased.LeadingTo(Relay.Addresses(kept.Reply, _recursor.Age(kept)));
            var zone = Prepare(view, query.Name, query.Type)?.Answer.Zone;
            length = writer.Write(query, new Answer { Zone = zone, Records = [record] }, (uint)view.Index, udp, output);
        }
        else if (Prepare(view, query.Name, query.Type) is { } prepared)
        {
            length = writer.Write(query, prepared.Answer, (uint)view.Index, udp, output);
        }
        else if (kept is not null)
        {
            length = Relay.Write(query, kept.Reply, _recursor.Age(kept), udp, writer, _options.MaxUdpSize, output);
        }
        else
        {
            length = writer.WriteEmpty(query, ResponseCode.ServerFailure, truncated: false, output);
        }

        Count(query, output);
        return length;
    }

    private static ReadOnlySpan<byte> Question(in DnsQuery query, Span<byte> question)
    {
        query.Name.CopyTo(question);
        query.Question[^4..].CopyTo(question[query.Name.Length..]);
        return question[..(query.Name.Length + 4)];
    }

    private void Count(in DnsQuery query, ReadOnlySpan<byte> output) =>
        _counters.Count(query.Type, query.EdnsVersion > 0 ? ResponseCode.BadVersion : (ResponseCode)(output[3] & HeaderFlags.CodeMask));
}
