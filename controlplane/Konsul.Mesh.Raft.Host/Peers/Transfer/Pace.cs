namespace Konsul.Mesh.Raft.Host.Peers.Transfer;

/// <summary>Holds a sender to a rate: after each chunk it waits until the bytes so far are due.</summary>
/// <param name="bytesPerSecond">0 for no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class Pace(long bytesPerSecond, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long _sent;

    public Task WaitAsync(int bytes, CancellationToken cancellationToken)
    {
        _sent += bytes;
        if (bytesPerSecond <= 0)
        {
            return Task.CompletedTask;
        }

        var early = TimeSpan.FromSeconds(_sent / (double)bytesPerSecond) - time.GetElapsedTime(_started);
        return early > TimeSpan.Zero ? Task.Delay(early, time, cancellationToken) : Task.CompletedTask;
    }
}
