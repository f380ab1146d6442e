namespace Konsul.Mesh.Raft.Host;

/// <summary>The data directory does not hold what was written to it. Nothing was changed; the server must not start.</summary>
public sealed class LogDamagedException : Exception
{
    public LogDamagedException(string file, long offset, string what, Exception? inner = null)
        : base($"{file} is damaged at byte {offset}: {what}", inner) => (File, Offset) = (file, offset);

    public string File { get; }

    public long Offset { get; }
}
