namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>TLS between the proxies.</summary>
public sealed record MeshTls
{
    public MeshTlsDirection? Incoming { get; init; }

    public MeshTlsDirection? Outgoing { get; init; }
}
