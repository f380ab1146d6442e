namespace Konsul.Mesh.Dns.Wire;

/// <summary>Types of records and of questions (RFC 1035 3.2.2 and later ones); others pass through as their number.</summary>
internal enum RecordType : ushort
{
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Ptr = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Opt = 41,
    Ixfr = 251,
    Axfr = 252,
    Any = 255,
}
