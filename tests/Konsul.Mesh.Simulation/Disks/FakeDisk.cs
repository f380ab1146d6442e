using Konsul.Mesh.Raft.Host.Files;

namespace Konsul.Mesh.Simulation.Disks;

/// <summary>
/// A disk in memory that behaves like the worst legal one: what was not synced may be lost sector by sector, names that were not synced may be
/// lost, writes may be short, refused for space, or fail.
/// </summary>
internal sealed class FakeDisk : ILogFileSystem
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _locks = [];
    private readonly Dictionary<string, FakeFile> _names = [];
    private Dictionary<string, FakeFile> _durableNames = [];

    /// <summary>Bytes that all files together may have.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Most bytes that one write takes.</summary>
    public int MaxWrite { get; set; } = int.MaxValue;

    /// <summary>Called before each operation that changes the disk; may throw.</summary>
    public Action<string>? OnOperation { get; set; }

    /// <summary>Called before a file is opened or read; may throw.</summary>
    public Action<string>? OnRead { get; set; }

    public int Operations { get; private set; }

    /// <summary>Bytes of all files together.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
            {
                return _names.Values.Sum(f => f.Length);
            }
        }
    }

    /// <summary>Operations that are no syncs.</summary>
    public int Changes { get; private set; }

    public int Syncs { get; set; }

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
            {
                return [.. _names.Keys.Select(n => Path.GetFileName(n)!).Order(StringComparer.Ordinal)];
            }
        }
    }

    public FakeFile this[string name]
    {
        get
        {
            lock (_lock)
            {
                return _names.Single(n => Path.GetFileName(n.Key) == name).Value;
            }
        }
    }

    /// <summary>What a power cut leaves. Each unsynced sector and name is there or not by the dice; without dice, nothing unsynced is.</summary>
    public FakeDisk AfterPowerCut(Random? dice)
    {
        lock (_lock)
        {
            var after = new FakeDisk();
            foreach (var name in _names.Keys.Union(_durableNames.Keys).Order(StringComparer.Ordinal))
            {
                // Creations, renames and deletions may reach the disk in any order.
                var names = dice is not null && dice.Next(2) == 0 ? _names : _durableNames;
                if (names.TryGetValue(name, out var file))
                {
                    after._names[name] = file.AfterPowerCut(after, dice);
                }
            }

            after._durableNames = new(after._names);
            return after;
        }
    }

    /// <summary>What the end of the process leaves, which no handle of before can change.</summary>
    public FakeDisk AfterKill()
    {
        lock (_lock)
        {
            var after = new FakeDisk { Capacity = Capacity, MaxWrite = MaxWrite };
            var copies = new Dictionary<FakeFile, FakeFile>();
            FakeFile CopyOf(FakeFile file) => copies.TryGetValue(file, out var copy) ? copy : copies[file] = file.AfterKill(after);
            foreach (var (name, file) in _names)
            {
                after._names[name] = CopyOf(file);
            }

            foreach (var (name, file) in _durableNames)
            {
                after._durableNames[name] = CopyOf(file);
            }

            return after;
        }
    }

    /// <summary>Whether what was written to a file may be lost in a power cut.</summary>
    public bool IsDirty(Predicate<string> which)
    {
        lock (_lock)
        {
            foreach (var (name, file) in _names)
            {
                if (file.IsDirty && which(Path.GetFileName(name)))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>A copy whose files can be damaged without harm to this one.</summary>
    public FakeDisk Copy()
    {
        lock (_lock)
        {
            var copy = new FakeDisk();
            foreach (var (name, file) in _names)
            {
                copy._names[name] = new FakeFile(copy, [.. file.Data]);
            }

            copy._durableNames = new(copy._names);
            return copy;
        }
    }

    /// <summary>As when the process that held them ends.</summary>
    public void ReleaseLocks()
    {
        lock (_lock)
        {
            _locks.Clear();
        }
    }

    public void CreateDirectory(string path)
    {
    }

    public IDisposable Lock(string path)
    {
        lock (_lock)
        {
            return _locks.Add(path) ? new Unlock(this, path) : throw new IOException("locked");
        }
    }

    public IReadOnlyList<string> List(string directory) => Names;

    public ILogFile Create(string path)
    {
        Step("create");
        lock (_lock)
        {
            return _names[path] = new FakeFile(this, []);
        }
    }

    public ILogFile Open(string path)
    {
        OnRead?.Invoke(path);
        lock (_lock)
        {
            return _names.TryGetValue(path, out var file) ? file : throw new FileNotFoundException(path);
        }
    }

    public void Rename(string from, string to)
    {
        Step("rename");
        lock (_lock)
        {
            _names.Remove(from, out var file);
            _names[to] = file!;
        }
    }

    public void Delete(string path)
    {
        Step("delete");
        lock (_lock)
        {
            _names.Remove(path);
        }
    }

    public void SyncDirectory(string path)
    {
        Step("sync directory");
        lock (_lock)
        {
            _durableNames = new(_names);
        }
    }

    internal void Step(string operation)
    {
        lock (_lock)
        {
            Operations++;
            Changes += operation.StartsWith("sync", StringComparison.Ordinal) ? 0 : 1;
            OnOperation?.Invoke(operation);
        }
    }

    internal void Reserve(long growth)
    {
        lock (_lock)
        {
            if (growth > 0 && _names.Values.Sum(f => f.Length) + growth > Capacity)
            {
                throw new IOException("No space left on device", 28);
            }
        }
    }

    private sealed class Unlock(FakeDisk disk, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._lock)
            {
                disk._locks.Remove(path);
            }
        }
    }
}
