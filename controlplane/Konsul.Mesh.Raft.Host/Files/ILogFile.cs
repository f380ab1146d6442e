namespace Konsul.Mesh.Raft.Host.Files;

internal interface ILogFile : IDisposable
{
    long Length { get; }

    /// <summary>Extends the file with zeros and reserves the space.</summary>
    void Preallocate(long length);

    void Truncate(long length);

    /// <returns>0 at the end of the file.</returns>
    int Read(long offset, Span<byte> into);

    /// <returns>How many bytes were taken, at least 1.</returns>
    int Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Makes the content durable.</summary>
    void Sync();

    /// <summary>What was synced is read from the disk the next time, not from memory.</summary>
    void DropCache();
}
