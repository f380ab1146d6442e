using System.Diagnostics.CodeAnalysis;

namespace Konsul.Mesh.Model.Identity;

/// <summary>What <see cref="SvidVerifier"/> found.</summary>
/// <param name="Id">The proven id; null when refused, so that nobody can take an unproven id for a proven one.</param>
/// <param name="Refusal"><see cref="SvidRefusal.None"/> when accepted.</param>
/// <param name="Reason">A sentence for the log; empty when accepted. It may quote the certificate, so it is for operators, not for the peer.</param>
public readonly record struct SvidResult(SpiffeId? Id, SvidRefusal Refusal, string Reason)
{
    [MemberNotNullWhen(true, nameof(Id))]
    public bool Accepted => Id is not null;

    internal static SvidResult Accept(SpiffeId id) => new(id, SvidRefusal.None, "");

    internal static SvidResult Refuse(SvidRefusal refusal, string reason) => new(null, refusal, reason);
}
