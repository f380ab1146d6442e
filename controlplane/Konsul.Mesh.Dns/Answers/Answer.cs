using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Answers;

/// <summary>What there is to say about one name and type as of one state; order, number and size are decided per reply. Immutable.</summary>
internal sealed class Answer
{
    public static Answer Refused { get; } = new() { Code = ResponseCode.Refused };

    public ResponseCode Code { get; init; }

    /// <summary>The zone answered for, whose SOA goes with an answer that holds no record; null where this server has no authority.</summary>
    public DnsZone? Zone { get; init; }

    public AnswerRecord[] Records { get; init; } = [];

    /// <summary>The records are instances: drawn in random order by weight, and limited in number.</summary>
    public bool Balanced { get; init; }

    /// <summary>The instances keep their order; their number is limited all the same.</summary>
    public bool Ordered { get; init; }

    /// <summary>All weights are the same.</summary>
    public bool Even { get; init; } = true;

    /// <summary>Only one of the records may be told: several CNAMEs exclude each other (RFC 2181 10.1).</summary>
    public bool Single { get; init; }

    /// <summary>Owned by the zone.</summary>
    public AnswerRecord[] Authority { get; init; } = [];

    /// <summary>Owned by the name that was asked for; dropped when they do not fit.</summary>
    public AnswerRecord[] Additional { get; init; } = [];

    /// <summary>The SOA itself is asked for.</summary>
    public bool IsSoa { get; init; }

    public static Answer NoName(DnsZone zone) => new() { Code = ResponseCode.NameError, Zone = zone };

    public static Answer NoData(DnsZone zone) => new() { Zone = zone };
}
