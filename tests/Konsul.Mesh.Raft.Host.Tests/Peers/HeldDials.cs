using Konsul.Mesh.Raft.Host.Peers;
using Konsul.Mesh.Raft.Host.Peers.Network;

namespace Konsul.Mesh.Raft.Host.Tests.Peers;

/// <summary>A network on which every dial hangs until a test lets all of them fail; later ones go through.</summary>
internal sealed class HeldDials(IPeerNetwork network) : IPeerNetwork
{
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _held;

    public int Held => Volatile.Read(ref _held);

    public void Fail() => _failed.TrySetResult();

    public async ValueTask<IPeerConnection> ConnectAsync(PeerAddress address, CancellationToken cancellationToken)
    {
        if (_failed.Task.IsCompleted)
        {
            return await network.ConnectAsync(address, cancellationToken);
        }

        Interlocked.Increment(ref _held);
        await _failed.Task.WaitAsync(cancellationToken);
        throw new IOException("Nobody listened when this dial began.");
    }

    public IPeerListener Listen(System.Net.IPEndPoint address) => network.Listen(address);
}
