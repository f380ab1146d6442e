namespace Konsul.Mesh.Raft;

/// <summary>Addresses of the parts of one node; no node has such an id.</summary>
public static class LocalTarget
{
    /// <summary>Makes entries and hard state durable, in order.</summary>
    public const ulong Append = ulong.MaxValue;

    /// <summary>Applies committed entries, in order.</summary>
    public const ulong Apply = ulong.MaxValue - 1;
}
