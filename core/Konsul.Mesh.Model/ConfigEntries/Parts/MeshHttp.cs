namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>HTTP between the proxies.</summary>
public sealed record MeshHttp
{
    public bool SanitizeXForwardedClientCert { get; init; }

    public MeshHttpIncoming? Incoming { get; init; }
}
