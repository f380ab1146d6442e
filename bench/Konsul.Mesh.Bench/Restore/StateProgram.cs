using System.Reflection;
using System.Runtime.Loader;

namespace Konsul.Mesh.Bench.Restore;

/// <summary>The state machine of a program built elsewhere, in a load context of its own: two builds can be measured in turns in one process.</summary>
internal sealed class StateProgram
{
    private readonly Type _store;
    private readonly Type _codec;
    private readonly Type _set;

    private StateProgram(string folder, Assembly assembly)
    {
        Folder = folder;
        (_store, _codec, _set) = (Named("StateStore"), Named("Commands.CommandCodec"), Named("Commands.KvSet"));

        Type Named(string name) => assembly.GetType($"Konsul.Mesh.State.{name}") ?? throw new BenchException($"{folder} has no {name}");
    }

    public string Folder { get; }

    public static StateProgram Load(string folder)
    {
        var full = Path.GetFullPath(folder);
        var path = Path.Combine(full, "Konsul.Mesh.State.dll");
        if (!File.Exists(path))
        {
            throw new BenchException($"{path} is not there: build it, or name another folder", 69);
        }

        var context = new AssemblyLoadContext(full);
        context.Resolving += (c, name) => Path.Combine(full, $"{name.Name}.dll") is var file && File.Exists(file) ? c.LoadFromAssemblyPath(file) : null;
        return new StateProgram(folder, context.LoadFromAssemblyPath(path));
    }

    /// <summary>The state that a snapshot holds.</summary>
    public object Restore(Stream snapshot)
    {
        var store = Activator.CreateInstance(_store)!;
        _store.GetMethod("Restore", [typeof(Stream)])!.Invoke(store, [snapshot]);
        return store;
    }

    /// <summary>Writes the snapshot of a state with so many keys.</summary>
    public void WriteSnapshot(int keys, int valueBytes, Stream destination)
    {
        var (store, random) = (Activator.CreateInstance(_store)!, new Random(1));
        var apply = _store.GetMethod("Apply", [typeof(ulong), typeof(ReadOnlyMemory<byte>)])!;
        var encode = _codec.GetMethod("Encode", [_set.BaseType!])!;
        var (key, content) = (_set.GetProperty("Key")!, _set.GetProperty("Value")!);
        for (var i = 0; i < keys; i++)
        {
            var (command, value) = (Activator.CreateInstance(_set)!, new byte[valueBytes]);
            random.NextBytes(value);
            key.SetValue(command, $"fill/{i:d9}");
            content.SetValue(command, new ReadOnlyMemory<byte>(value));
            apply.Invoke(store, [(ulong)i + 1, new ReadOnlyMemory<byte>((byte[])encode.Invoke(null, [command])!)]);
        }

        _store.GetMethod("WriteSnapshot")!.Invoke(null, [_store.GetProperty("View")!.GetValue(store), destination]);
        destination.Flush();
    }
}
