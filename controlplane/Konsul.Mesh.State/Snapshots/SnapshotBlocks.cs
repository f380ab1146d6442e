using System.Buffers.Binary;

namespace Konsul.Mesh.State.Snapshots;

/// <summary>Reads a snapshot block by block and verifies all that can be without making rows of it: every byte of a block is as it was written.</summary>
internal sealed class SnapshotBlocks(Stream source)
{
    private readonly ulong[] _counts = new ulong[SnapshotFormat.Tables];
    private uint _version;
    private uint _crc = uint.MaxValue;

    /// <summary>The first thing to be read.</summary>
    /// <param name="into">Holds what else was read with it.</param>
    /// <returns>The applied index.</returns>
    /// <exception cref="SnapshotDamagedException">It is none that this program can read.</exception>
    public ulong ReadHeader(SnapshotBlock into)
    {
        if (!into.Fill(source, SnapshotFormat.HeaderSize))
        {
            throw new SnapshotDamagedException(0, "it ends inside the header that starts here.");
        }

        ReadOnlySpan<byte> header = into.Bytes.AsSpan(0, SnapshotFormat.HeaderSize);
        into.End = SnapshotFormat.HeaderSize;
        if (!header[..8].SequenceEqual(SnapshotFormat.Magic))
        {
            throw new SnapshotDamagedException(0, "it does not start like a snapshot.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(header[24..]) != SnapshotFormat.Crc(header[..24]))
        {
            throw new SnapshotDamagedException(0, "the header's checksum does not match.");
        }

        _version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        return _version is SnapshotFormat.Version or SnapshotFormat.SecondVersion or SnapshotFormat.FirstVersion
            ? BinaryPrimitives.ReadUInt64LittleEndian(header[16..])
            : throw new SnapshotDamagedException(8, $"it has version {_version}, this program reads up to {SnapshotFormat.Version}.");
    }

    /// <summary>Reads the block behind <paramref name="before"/>, which is left as it is.</summary>
    /// <exception cref="SnapshotDamagedException">Names the offset of the first record that is not as it was written.</exception>
    public void Read(SnapshotBlock before, SnapshotBlock into)
    {
        into.Continue(before);
        while (Verify(into))
        {
        }
    }

    /// <summary>Verifies the next record of a block, and reads it first if it would be the only one.</summary>
    /// <returns>False when the block is done.</returns>
    private bool Verify(SnapshotBlock block)
    {
        var at = block.End;
        if (!Has(block, SnapshotFormat.RecordHeaderSize, "a record's header"))
        {
            return false;
        }

        var (table, length) = (block.TableAt(at), block.LengthAt(at));
        if (length is < 0 or > SnapshotFormat.MaxPayload || !Enum.IsDefined(table))
        {
            throw new SnapshotDamagedException(block.Offset + at, $"a record of table {(byte)table} and length {length} cannot be.");
        }

        if (!Has(block, SnapshotFormat.RecordHeaderSize + length, $"a record of {table}"))
        {
            return false;
        }

        ReadOnlySpan<byte> header = block.Bytes.AsSpan(at, SnapshotFormat.RecordHeaderSize);
        ReadOnlySpan<byte> payload = block.Bytes.AsSpan(at + SnapshotFormat.RecordHeaderSize, length);
        if (SnapshotFormat.Crc(payload, SnapshotFormat.Crc(header[..5])) != BinaryPrimitives.ReadUInt32LittleEndian(header[5..]))
        {
            throw new SnapshotDamagedException(block.Offset + at, $"the checksum of a record of {table} does not match.");
        }

        if (table == SnapshotTable.End)
        {
            CheckEnd(block, payload);
            block.IsLast = true;
            return false;
        }

        _crc = SnapshotFormat.Crc(payload, _crc);
        _counts[(int)table - 1]++;
        block.End += SnapshotFormat.RecordHeaderSize + length;
        return true;
    }

    /// <returns>False when so many bytes are not in the block, but the block holds records enough.</returns>
    private bool Has(SnapshotBlock block, int size, string what)
    {
        if (block.Filled - block.End >= size)
        {
            return true;
        }

        return block.End == 0
            ? block.Fill(source, size) ? true : throw new SnapshotDamagedException(block.Offset, $"it ends inside {what} that starts here.")
            : false;
    }

    private void CheckEnd(SnapshotBlock block, ReadOnlySpan<byte> payload)
    {
        var start = block.Offset + block.End;
        var tables = _version switch
        {
            SnapshotFormat.FirstVersion => SnapshotFormat.FirstTables,
            SnapshotFormat.SecondVersion => SnapshotFormat.SecondTables,
            _ => Math.Clamp((payload.Length - 4) / 8, SnapshotFormat.SecondTables, SnapshotFormat.Tables),
        };
        if (payload.Length != (8 * tables) + 4)
        {
            throw new SnapshotDamagedException(start, "the end record has the wrong size.");
        }

        for (var i = 0; i < _counts.Length; i++)
        {
            var count = i < tables ? BinaryPrimitives.ReadUInt64LittleEndian(payload[(8 * i)..]) : 0;
            if (count != _counts[i])
            {
                throw new SnapshotDamagedException(start, $"{count} records of {(SnapshotTable)(i + 1)} were written, {_counts[i]} are there.");
            }
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(payload[(8 * tables)..]) != _crc)
        {
            throw new SnapshotDamagedException(start, "the checksum over all records does not match.");
        }

        var end = block.End + SnapshotFormat.RecordHeaderSize + payload.Length;
        if (block.Filled > end || source.ReadByte() >= 0)
        {
            throw new SnapshotDamagedException(block.Offset + end, "there are bytes behind the end.");
        }
    }
}
