using System.IO.Pipelines;
using System.Net.Sockets;

namespace Konsul.Mesh.Proxy.Core.Connections;

/// <summary>
/// Output of a connection that many streams share. A flush only hands over; one loop on the thread pool writes what has come together
/// by the time it runs, so that several small answers leave in one TLS record and one system call. Holds back writers beyond 64 KiB.
/// </summary>
internal sealed class CoalescingOutput
{
    private const int PauseAt = 64 * 1024;
    private readonly Pipe _pipe = new(new PipeOptions(
        BlockPool.Instance,
        readerScheduler: PipeScheduler.ThreadPool,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: PauseAt,
        resumeWriterThreshold: PauseAt / 2,
        minimumSegmentSize: BlockPool.LargeBlock,
        useSynchronizationContext: false));

    private readonly Stream _stream;

    public CoalescingOutput(Stream stream)
    {
        _stream = stream;
        Written = WriteAsync();
    }

    public PipeWriter Writer => _pipe.Writer;

    /// <summary>Completes when everything was written after the writer was completed, or when the stream broke.</summary>
    public Task Written { get; }

    private async Task WriteAsync()
    {
        Exception? error = null;
        try
        {
            while (true)
            {
                var result = await _pipe.Reader.ReadAsync().ConfigureAwait(false);
                foreach (var segment in result.Buffer)
                {
                    await _stream.WriteAsync(segment).ConfigureAwait(false);
                }

                _pipe.Reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            error = e;
        }
        finally
        {
            await _pipe.Reader.CompleteAsync(error).ConfigureAwait(false);
        }
    }
}
