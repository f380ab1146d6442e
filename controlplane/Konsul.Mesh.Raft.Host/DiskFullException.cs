namespace Konsul.Mesh.Raft.Host;

/// <summary>The disk has no space for it. Nothing of it counts and nothing else is lost; it can be tried again when there is space.</summary>
public sealed class DiskFullException : Exception
{
    public DiskFullException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
