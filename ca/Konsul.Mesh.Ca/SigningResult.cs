using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Ca;

/// <param name="Certificate">Null when refused.</param>
/// <param name="Refusal"><see cref="SigningRefusal.None"/> when issued.</param>
/// <param name="Reason">A sentence fit for the requester and the log; empty when issued.</param>
public sealed record SigningResult(IssuedCertificate? Certificate, SigningRefusal Refusal, string Reason)
{
    [MemberNotNullWhen(true, nameof(Certificate))]
    public bool Issued => Certificate is not null;

    internal static SigningResult Refuse(SigningRefusal refusal, string reason) => new(null, refusal, reason);
}
