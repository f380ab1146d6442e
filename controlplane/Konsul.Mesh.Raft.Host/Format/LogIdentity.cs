namespace Konsul.Mesh.Raft.Host.Format;

/// <summary>Whose files these are; in the header of each.</summary>
internal sealed record LogIdentity(string ClusterId, string NodeId)
{
    public override string ToString() => $"cluster \"{ClusterId}\", node \"{NodeId}\"";
}
