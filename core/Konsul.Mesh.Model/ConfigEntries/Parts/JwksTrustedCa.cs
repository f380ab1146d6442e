namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Certificates to trust; exactly one member is given.</summary>
public sealed record JwksTrustedCa
{
    public string Filename { get; init => field = value ?? ""; } = "";

    public string EnvironmentVariable { get; init => field = value ?? ""; } = "";

    public string InlineString { get; init => field = value ?? ""; } = "";

    public string InlineBytes { get; init => field = value ?? ""; } = "";
}
