namespace Konsul.Mesh.Dns.Wire;

/// <summary>RFC 1035 4.1.1; above 15 the upper bits travel in the OPT record (RFC 6891 6.1.3).</summary>
internal enum ResponseCode : byte
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
    BadVersion = 16,
}
