using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.Server.Startup;
using Konsul.Mesh.State;
using Konsul.Mesh.State.Commands;
using Konsul.Mesh.Telemetry.Families;

namespace Konsul.Mesh.Server.Cluster;

/// <summary>Joins the log to the state: what the log commits, the store applies.</summary>
internal sealed class StateMachine(StateStore store, LogMetrics metrics, TimeProvider time) : IReplicatedStateMachine
{
    public object? Apply(ulong index, ReadOnlyMemory<byte> command)
    {
        var started = time.GetTimestamp();
        var result = store.Apply(index, command);
        metrics.ApplyDuration(CommandCodec.NameOf(command.Span)).Record(time.GetElapsedTime(started));
        return result;
    }

    public UInt128? Digest() => StateDigest.Of(store.View);

    public string DigestForm { get; } = $"{StateDigest.Version} {ServerOptions.ProgramVersion}";

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
