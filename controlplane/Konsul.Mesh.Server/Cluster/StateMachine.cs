using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>Joins the log to the state: what the log commits, the store applies.</summary>
internal sealed class StateMachine(StateStore store) : IReplicatedStateMachine
{
    public object? Apply(ulong index, ReadOnlyMemory<byte> command) => store.Apply(index, command);

    public ICapturedSnapshot Capture() => new Captured(store.View);

    public void Restore(Stream snapshot) => store.Restore(snapshot);

    private sealed class Captured(StateView view) : ICapturedSnapshot
    {
        public void WriteTo(Stream destination) => StateStore.WriteSnapshot(view, destination);

        public void Dispose()
        {
        }
    }
}
