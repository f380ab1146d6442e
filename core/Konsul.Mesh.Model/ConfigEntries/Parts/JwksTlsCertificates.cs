using System.Text.Json.Serialization;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Whom to trust; one of the two.</summary>
public sealed record JwksTlsCertificates
{
    public JwksCertificateProvider? CaCertificateProviderInstance { get; init; }

    [JsonPropertyName("TrustedCA")]
    public JwksTrustedCa? TrustedCa { get; init; }
}
