using System.Buffers;
using System.Threading.Channels;
using Konsul.Mesh.Telemetry.Metrics;

namespace Konsul.Mesh.Telemetry.Logging;

/// <summary>A bounded queue and the one thread that writes. Whoever logs never waits: when the sink is slower than the program, events are
/// dropped and counted in <c>konsul_log_dropped_total</c>.</summary>
internal sealed class LogQueue : IDisposable
{
    public const int Capacity = 4096;

    private readonly Channel<LogEvent> _events = Channel.CreateBounded<LogEvent>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ManualResetEventSlim _work = new();
    private readonly Stream _sink;
    private readonly LogFormat _format;
    private readonly CounterSeries _dropped;
    private readonly Thread _writer;
    private volatile bool _closing;

    public LogQueue(Stream sink, LogFormat format, MetricRegistry metrics)
    {
        _sink = sink;
        _format = format;
        _dropped = metrics.Counter("konsul.log.dropped", "{event}", "Log events that were dropped because the sink was too slow or gone.").With();
        _writer = new Thread(Run) { IsBackground = true, Name = "log writer" };
        _writer.Start();
    }

    public void Enqueue(in LogEvent entry)
    {
        if (!_events.Writer.TryWrite(entry))
        {
            _dropped.Increment();
            return;
        }

        _work.Set();
    }

    /// <summary>Writes what is queued, for two seconds at most: a stuck sink must not keep a process alive.</summary>
    public void Dispose()
    {
        if (_closing)
        {
            return;
        }

        _closing = true;
        _events.Writer.TryComplete();
        _work.Set();
        if (_writer.Join(TimeSpan.FromSeconds(2)))
        {
            _work.Dispose();
        }
    }

    private void Run()
    {
        var buffer = new ArrayBufferWriter<byte>();
        while (true)
        {
            // Reset before looking at anything: what happens later sets it again.
            _work.Reset();
            var closing = _closing;
            while (_events.Reader.TryRead(out var entry))
            {
                LogRenderer.Write(buffer, entry, _format);
                if (buffer.WrittenCount > 32 * 1024)
                {
                    Flush(buffer);
                }
            }

            Flush(buffer);
            if (closing)
            {
                return;
            }

            _work.Wait();
        }
    }

    private void Flush(ArrayBufferWriter<byte> buffer)
    {
        if (buffer.WrittenCount == 0)
        {
            return;
        }

        try
        {
            _sink.Write(buffer.WrittenSpan);
            _sink.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or NotSupportedException)
        {
            // The reader of our standard error went away; the program goes on.
            _dropped.Increment();
        }

        buffer.ResetWrittenCount();
    }
}
