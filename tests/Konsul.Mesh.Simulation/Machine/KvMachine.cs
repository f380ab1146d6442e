using System.Text;
using Konsul.Mesh.Raft.Host;
using Konsul.Mesh.TestKit.Linearizability.Models;

namespace Konsul.Mesh.Simulation.Machine;

/// <summary>A small state machine that tells its observer of everything that happens to it.</summary>
internal sealed class KvMachine(IMachineObserver observer) : IReplicatedStateMachine
{
    private Dictionary<string, string> _values = [];

    /// <summary>Of the last command.</summary>
    public ulong Index { get; private set; }

    /// <summary>Of the content alone, so that whoever holds the same has the same.</summary>
    public ulong Hash { get; private set; }

    public string? Get(string key) => _values.GetValueOrDefault(key);

    public object? Apply(ulong index, ReadOnlyMemory<byte> command)
    {
        var decoded = KvCommand.Decode(command);
        var held = Get(decoded.Key);
        var (next, swapped) = decoded.Action switch
        {
            KeyValueAction.Put => (decoded.Value, true),
            KeyValueAction.Append => (held + decoded.Value, true),
            _ => held == decoded.Expected ? (decoded.Value, true) : (held, false),
        };
        Hash -= HashOf(decoded.Key, held);
        Hash += HashOf(decoded.Key, next);
        if (next is not null)
        {
            _values[decoded.Key] = next;
        }

        var before = Index;
        Index = index;
        observer.Applied(before, index, decoded, Hash);
        return swapped;
    }

    public ICapturedSnapshot Capture() => new Captured(new Dictionary<string, string>(_values), Index);

    public void Restore(Stream snapshot)
    {
        using var reader = new BinaryReader(snapshot, Encoding.UTF8, leaveOpen: true);
        var index = reader.ReadUInt64();
        var values = new Dictionary<string, string>();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            values.Add(reader.ReadString(), reader.ReadString());
        }

        (_values, Index, Hash) = (values, index, 0);
        foreach (var (key, value) in values)
        {
            Hash += HashOf(key, value);
        }

        observer.Restored(index, Hash);
    }

    /// <summary>FNV-1a; 0 for a key that is not there.</summary>
    private static ulong HashOf(string key, string? value)
    {
        if (value is null)
        {
            return 0;
        }

        var hash = 14695981039346656037;
        foreach (var text in (ReadOnlySpan<string>)[key, "=", value])
        {
            foreach (var c in text)
            {
                hash = (hash ^ c) * 1099511628211;
            }
        }

        return hash;
    }

    private sealed class Captured(Dictionary<string, string> values, ulong index) : ICapturedSnapshot
    {
        public void WriteTo(Stream destination)
        {
            using var writer = new BinaryWriter(destination, Encoding.UTF8, leaveOpen: true);
            writer.Write(index);
            writer.Write(values.Count);
            foreach (var (key, value) in values.OrderBy(v => v.Key, StringComparer.Ordinal))
            {
                writer.Write(key);
                writer.Write(value);
            }
        }

        public void Dispose()
        {
        }
    }
}
