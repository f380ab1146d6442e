using Konsul.Mesh.Raft.Host.Files;

namespace Konsul.Mesh.Simulation.Disks;

internal sealed class FakeFile(FakeDisk disk, byte[] data) : ILogFile
{
    private const int Sector = 512;

    private byte[] _durable = [.. data];
    private bool _lost;

    public byte[] Data { get; set; } = data;

    public long Length => Data.Length;

    /// <summary>Something was changed and not synced.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>The disk itself goes bad: one bit is another one, now and after a power cut.</summary>
    public void Flip(int offset, int bit)
    {
        Data[offset] ^= (byte)(1 << bit);
        if (offset < _durable.Length)
        {
            _durable[offset] = Data[offset];
        }
    }

    public void Preallocate(long length)
    {
        disk.Step("preallocate");
        disk.Reserve(length - Data.Length);
        Grow(length);
        IsDirty = true;
    }

    public void Truncate(long length)
    {
        disk.Step("truncate");
        Data = [.. Data.AsSpan(0, (int)length)];
        IsDirty = true;
    }

    public int Read(long offset, Span<byte> into)
    {
        disk.OnRead?.Invoke("read");
        var count = (int)Math.Clamp(Data.Length - offset, 0, into.Length);
        Data.AsSpan((int)Math.Min(offset, Data.Length), count).CopyTo(into);
        return count;
    }

    public int Write(long offset, ReadOnlySpan<byte> bytes)
    {
        disk.Step("write");
        bytes = bytes[..Math.Min(bytes.Length, disk.MaxWrite)];
        disk.Reserve(offset + bytes.Length - Data.Length);
        Grow(offset + bytes.Length);
        bytes.CopyTo(Data.AsSpan((int)offset));
        IsDirty = true;
        return bytes.Length;
    }

    public void Sync()
    {
        try
        {
            disk.Step("sync");
        }
        catch (IOException)
        {
            // Like Linux: the pages count as written, the next sync has nothing to do.
            _lost = true;
            throw;
        }

        disk.Syncs++;
        if (_lost)
        {
            return;
        }

        IsDirty = false;
        if (_durable.Length == Data.Length)
        {
            Data.CopyTo(_durable, 0);
        }
        else
        {
            _durable = [.. Data];
        }
    }

    public void DropCache()
    {
        if (_lost)
        {
            (Data, _lost, IsDirty) = ([.. _durable], false, false);
        }
    }

    public void Dispose()
    {
    }

    /// <summary>The end of a process changes nothing: what it wrote is there, what it did not sync is still not durable.</summary>
    public FakeFile AfterKill(FakeDisk after) => new(after, [.. Data]) { _durable = [.. _durable], _lost = _lost, IsDirty = IsDirty };

    public FakeFile AfterPowerCut(FakeDisk after, Random? dice)
    {
        var content = new byte[dice is not null && dice.Next(2) == 0 ? Data.Length : _durable.Length];
        for (var at = 0; at < content.Length; at += Sector)
        {
            var source = dice is not null && dice.Next(2) == 0 ? Data : _durable;
            var size = Math.Clamp(source.Length - at, 0, Math.Min(Sector, content.Length - at));
            if (size > 0)
            {
                source.AsSpan(at, size).CopyTo(content.AsSpan(at));
            }
        }

        return new FakeFile(after, content);
    }

    private void Grow(long length)
    {
        if (length > Data.Length)
        {
            var grown = new byte[length];
            Data.CopyTo(grown, 0);
            Data = grown;
        }
    }
}
