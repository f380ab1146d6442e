namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>A named source of certificates.</summary>
public sealed record JwksCertificateProvider
{
    public string InstanceName { get; init => field = value ?? ""; } = "";

    public string CertificateName { get; init => field = value ?? ""; } = "";
}
