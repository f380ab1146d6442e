using Konsul.Mesh.Dns.Wire;

namespace Konsul.Mesh.Dns.Naming;

/// <summary>
/// Consul's names below a zone: <c>[tag.]service.service</c>, <c>_service._tag.service</c> (RFC 2782), <c>node.node</c>, <c>service.connect</c>,
/// <c>service.ingress</c>, <c>service.virtual</c>, <c>query.query</c>, <c>hex.addr</c>; behind each may stand <c>dc</c>, or any of
/// <c>value.ns</c>, <c>value.ap</c>, <c>value.dc</c>, <c>value.peer</c>.
/// </summary>
internal static class NameParser
{
    /// <param name="labels">Those in front of the zone, in lower case.</param>
    /// <param name="type">Of the question: for SRV the label "service" may be left out.</param>
    public static ParsedName Parse(ReadOnlySpan<string> labels, RecordType type)
    {
        switch (labels)
        {
            case []:
                return new ParsedName(NameKind.Apex);
            case ["ns"]:
                return new ParsedName(NameKind.NameServer);
        }

        for (var i = labels.Length - 1; i >= 0; i--)
        {
            if (KindOf(labels[i]) is { } kind)
                return Locate(Target(kind, labels[..i]), labels[(i + 1)..]);
            if (type == RecordType.Srv && i > 0 && labels[i].StartsWith('_'))
                return Locate(Target(NameKind.Service, labels[..(i + 1)]), labels[(i + 1)..]);
        }

        return labels.Length == 1 && IsPlace(labels[0]) ? new ParsedName(NameKind.Branch) : Locate(new ParsedName(NameKind.Branch), labels);
    }

    private static NameKind? KindOf(string label) => label switch
    {
        "service" => NameKind.Service,
        "connect" => NameKind.Connect,
        "ingress" => NameKind.Ingress,
        "virtual" => NameKind.Virtual,
        "node" => NameKind.Node,
        "query" => NameKind.Query,
        "addr" => NameKind.Address,
        _ => null,
    };

    private static ParsedName Target(NameKind kind, ReadOnlySpan<string> labels)
    {
        if (labels.IsEmpty)
            return new ParsedName(NameKind.Branch);
        switch (kind)
        {
            case NameKind.Service:
                return Service(labels);
            case NameKind.Node:
                return new ParsedName(kind, string.Join('.', labels!));
            case NameKind.Query:
                // A query may be asked for as SRV clients do, too.
                return labels is [['_', .. var query], "_tcp"] ? new ParsedName(kind, query) : new ParsedName(kind, string.Join('.', labels!));
            default:
                return labels.Length == 1 ? new ParsedName(kind, labels[0]) : default;
        }
    }

    private static ParsedName Service(ReadOnlySpan<string> labels) => labels switch
    {
        [['_', ..]] => new ParsedName(NameKind.Branch),
        [['_', .. var name], ['_', .. var tag]] => name.Length == 0 ? default : new ParsedName(NameKind.Service, name, tag == "tcp" ? "" : tag),
        [.. var tags, var name] => new ParsedName(NameKind.Service, name, string.Join('.', tags!)),
        _ => default,
    };

    /// <summary>Reads what stands between the kind and the zone.</summary>
    private static ParsedName Locate(ParsedName name, ReadOnlySpan<string> places)
    {
        if (places.IsEmpty)
            return name;
        if (places.Length == 1)
            return name with { Datacenter = places[0] };
        if (places.Length % 2 != 0)
        {
            // The lone end of a pair, on the way down to names that continue it.
            if (name.Kind != NameKind.Branch || !IsPlace(places[0]))
                return default;
            places = places[1..];
        }

        for (; !places.IsEmpty; places = places[2..])
        {
            switch (places[1])
            {
                case "dc" when string.IsNullOrEmpty(name.Datacenter):
                    name = name with { Datacenter = places[0] };
                    break;
                case "peer" when string.IsNullOrEmpty(name.Peer):
                    name = name with { Peer = places[0] };
                    break;
                case "ns" when string.IsNullOrEmpty(name.Namespace):
                    name = name with { Namespace = places[0] };
                    break;
                case "ap" when string.IsNullOrEmpty(name.Partition):
                    name = name with { Partition = places[0] };
                    break;
                default:
                    return default;
            }
        }

        return name;
    }

    private static bool IsPlace(string label) => label is "dc" or "ns" or "ap" or "peer";
}
