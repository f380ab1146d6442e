using System.Text;

namespace Konsul.Mesh.Raft.Host.Tests;

/// <summary>A state machine that remembers every command with its index; its answer is the command's text.</summary>
internal sealed class RecordingMachine : IReplicatedStateMachine
{
    private readonly Lock _lock = new();
    private List<(ulong Index, string Command)> _applied = [];

    public Action<string>? OnApply { get; set; }

    /// <summary>Runs on the writer's thread, before the snapshot's bytes.</summary>
    public Action? OnWrite { get; set; }

    public int Restores { get; private set; }

    public IReadOnlyList<(ulong Index, string Command)> Applied
    {
        get
        {
            lock (_lock)
            {
                return [.. _applied];
            }
        }
    }

    public IEnumerable<string> Commands => Applied.Select(a => a.Command);

    public object? Apply(ulong index, ReadOnlyMemory<byte> command)
    {
        var text = Encoding.UTF8.GetString(command.Span);
        OnApply?.Invoke(text);
        lock (_lock)
        {
            Assert.True(_applied.Count == 0 || _applied[^1].Index < index, $"{index} after {_applied.Count}");
            _applied.Add((index, text));
        }

        return text;
    }

    public ICapturedSnapshot Capture() => new Captured(this, Applied);

    public void Restore(Stream snapshot)
    {
        using var reader = new StreamReader(snapshot);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lock (_lock)
        {
            Restores++;
            _applied = [.. lines.Select(l => (ulong.Parse(l.Split('\t')[0]), l.Split('\t')[1]))];
        }
    }

    private sealed class Captured(RecordingMachine machine, IReadOnlyList<(ulong Index, string Command)> applied) : ICapturedSnapshot
    {
        public void WriteTo(Stream destination)
        {
            machine.OnWrite?.Invoke();
            foreach (var (index, command) in applied)
            {
                destination.Write(Encoding.UTF8.GetBytes($"{index}\t{command}\n"));
            }
        }

        public void Dispose()
        {
        }
    }
}
