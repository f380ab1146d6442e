namespace Konsul.Mesh.Model.Identity;

/// <summary>Why a peer's certificate was refused; a closed set, fit for a metric label.</summary>
public enum SvidRefusal
{
    None,
    NoCertificate,
    Malformed,
    NoUriName,
    SeveralUriNames,
    BadId,
    IsAuthority,
    KeyUsage,
    ExtendedKeyUsage,
    ForeignTrustDomain,
    NotYetValid,
    Expired,
    UnexpectedId,
    TooManyCertificates,
    Untrusted,
}
