using System.Text;
using Konsul.Mesh.Raft.Host;

namespace Konsul.Mesh.Etcd.Tests.Fixtures;

/// <summary>A state machine that remembers every command with its index, and that none is skipped or comes twice; its answer is the text.</summary>
internal sealed class RecordingMachine : IReplicatedStateMachine
{
    private readonly Lock _lock = new();
    private List<(ulong Index, string Command)> _applied = [];

    public Action<string>? OnApply { get; set; }

    public int Restores { get; private set; }

    /// <summary>Makes this state another one than that of a machine that has applied the same.</summary>
    public uint Skew { get; set; }

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
            // Entry 1 is the empty one that every log starts with.
            var last = _applied.Count == 0 ? 1 : _applied[^1].Index;
            Assert.True(index == last + 1, $"{index} after {last}");
            _applied.Add((index, text.Length > 40 ? text[..40] : text));
        }

        return text;
    }

    public UInt128? Digest() => Applied.Aggregate((UInt128)Skew, (hash, a) => (hash * 31) + a.Index + (uint)a.Command.Length);

    public ICapturedSnapshot Capture() => new Captured(Applied);

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

    private sealed class Captured(IReadOnlyList<(ulong Index, string Command)> applied) : ICapturedSnapshot
    {
        public void WriteTo(Stream destination)
        {
            using var writer = new StreamWriter(destination, leaveOpen: true);
            foreach (var (index, command) in applied)
            {
                writer.Write($"{index}\t{command}\n");
            }
        }

        public void Dispose()
        {
        }
    }
}
