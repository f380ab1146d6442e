namespace Konsul.Mesh.State.Commands;

/// <summary>
/// The log holds a command that this program does not know, so it was written by a newer one. To skip it would make this node's state differ
/// from the others': the node must stop.
/// </summary>
public sealed class UnknownCommandException : Exception
{
    public UnknownCommandException(string message)
        : base(message)
    {
    }
}
