namespace Konsul.Mesh.State.Commands;

/// <summary>The bytes are no command at all. The same on every node, so Apply turns it into a failed result.</summary>
public sealed class MalformedCommandException : Exception
{
    public MalformedCommandException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
