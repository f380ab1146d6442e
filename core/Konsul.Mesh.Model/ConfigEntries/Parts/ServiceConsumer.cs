namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Somebody else's cluster.</summary>
public sealed record ServiceConsumer
{
    public string Peer { get; init => field = value ?? ""; } = "";
}
