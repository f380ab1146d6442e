namespace Konsul.Mesh.Raft.Host;

/// <summary>The data directory is whole, and was written in another format, mostly by a newer program. Nothing was changed; start that program.</summary>
public sealed class LogVersionException : Exception
{
    public LogVersionException(string file, long offset, string what)
        : base($"{file} cannot be read at byte {offset}: {what}") => (File, Offset) = (file, offset);

    public string File { get; }

    public long Offset { get; }
}
