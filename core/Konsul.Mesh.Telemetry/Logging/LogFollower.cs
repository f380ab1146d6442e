using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Telemetry.Logging;

/// <summary>Somebody who watches the log while it is written. What is too much for the reader is left out, oldest first. Dispose it to stop.</summary>
public sealed class LogFollower : IDisposable
{
    private const int Kept = 512;
    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(Kept) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });

    private readonly LoggingSetup _setup;

    internal LogFollower(LoggingSetup setup, LogLevel level, LogFormat format) => (_setup, Level, Format) = (setup, level, format);

    /// <summary>Whole lines with their ends, until disposed.</summary>
    public ChannelReader<byte[]> Lines => _lines.Reader;

    internal LogLevel Level { get; }

    internal LogFormat Format { get; }

    public void Dispose()
    {
        _setup.Leave(this);
        _lines.Writer.TryComplete();
    }

    internal void Take(in LogEvent entry)
    {
        var line = new ArrayBufferWriter<byte>(256);
        LogRenderer.Write(line, entry, Format);
        _lines.Writer.TryWrite(line.WrittenSpan.ToArray());
    }
}
