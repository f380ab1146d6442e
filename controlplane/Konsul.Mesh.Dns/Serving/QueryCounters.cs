using Konsul.Mesh.Dns.Wire;
using Konsul.Mesh.Telemetry.Families;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Dns.Serving;

/// <summary>Counts answers by type and code; the series are looked up once each.</summary>
internal sealed class QueryCounters(DnsMetrics metrics)
{
    private const int Types = 11;
    private const int Codes = 7;
    private readonly CounterSeries?[] _series = new CounterSeries?[Types * Codes];

    public void Count(RecordType type, ResponseCode code)
    {
        var (slot, typeName) = Slot(type);
        var (codeSlot, codeName) = Slot(code);
        ref var series = ref _series[(slot * Codes) + codeSlot];
        (series ??= metrics.Queries(typeName, codeName)).Increment();
    }

    private static (int Slot, string Name) Slot(RecordType type) => type switch
    {
        RecordType.A => (0, "A"),
        RecordType.Aaaa => (1, "AAAA"),
        RecordType.Srv => (2, "SRV"),
        RecordType.Any => (3, "ANY"),
        RecordType.Ptr => (4, "PTR"),
        RecordType.Txt => (5, "TXT"),
        RecordType.Ns => (6, "NS"),
        RecordType.Soa => (7, "SOA"),
        RecordType.Cname => (8, "CNAME"),
        RecordType.Mx => (9, "MX"),
        _ => (10, "other"),
    };

    private static (int Slot, string Name) Slot(ResponseCode code) => code switch
    {
        ResponseCode.NoError => (0, "NOERROR"),
        ResponseCode.FormatError => (1, "FORMERR"),
        ResponseCode.ServerFailure => (2, "SERVFAIL"),
        ResponseCode.NameError => (3, "NXDOMAIN"),
        ResponseCode.NotImplemented => (4, "NOTIMP"),
        ResponseCode.Refused => (5, "REFUSED"),
        _ => (6, "other"),
    };
}
