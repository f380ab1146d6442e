namespace Konsul.Mesh.Ca;

/// <summary>Why no certificate was issued; a closed set, fit for a metric label.</summary>
public enum SigningRefusal
{
    None,

    /// <summary>The request is longer than <see cref="CsrPolicy.MaxSize"/>.</summary>
    TooLarge,

    /// <summary>Not a PKCS#10 request.</summary>
    Malformed,

    /// <summary>Key type, curve or size outside the allow-list.</summary>
    KeyNotAllowed,

    /// <summary>The requester does not hold the private key.</summary>
    BadSignature,

    /// <summary>More than one URI asked for (CVE-2022-40716).</summary>
    SeveralIds,

    /// <summary>An id asked for that is not the caller's.</summary>
    OtherId,

    /// <summary>The caller's id is not of this CA's trust domain.</summary>
    ForeignTrustDomain,

    /// <summary>The root is expired or not yet valid.</summary>
    IssuerNotValid,
}
