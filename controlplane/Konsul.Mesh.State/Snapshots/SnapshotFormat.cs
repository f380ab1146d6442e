using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Konsul.Mesh.State.Snapshots;

/// <summary>
/// The layout, little endian:
/// header {magic "KMSNAP\0\0":8, version:u32, reserved:u32, applied index:u64, crc:u32};
/// records {table:u8, length:u32, crc of table, length and payload:u32, payload};
/// last a record of table End whose payload is {records of each table from 1 to the last:u64, crc of all payload bytes before:u32}. CRC is CRC-32C.
/// </summary>
internal static class SnapshotFormat
{
    public const uint Version = 3;

    /// <summary>Had tables 1..15; still read.</summary>
    public const uint SecondVersion = 2;

    /// <summary>Had tables 1..11 and no offset in the indexes; still read.</summary>
    public const uint FirstVersion = 1;
    public const int HeaderSize = 28;
    public const int RecordHeaderSize = 9;
    public const int SecondTables = 15;
    public const int FirstTables = 11;

    /// <summary>No record is larger: a proposal is at most 1.5 MiB, and the CA's table is small.</summary>
    public const int MaxPayload = 64 * 1024 * 1024;

    /// <summary>The highest number of a table.</summary>
    public static int Tables { get; } = (int)Enum.GetValues<SnapshotTable>().Where(t => t != SnapshotTable.End).Max();

    public static ReadOnlySpan<byte> Magic => "KMSNAP\0\0"u8;

    // Compiled well at once: at a start most of a state goes through it before the runtime would get to that.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Crc(ReadOnlySpan<byte> bytes, uint crc = uint.MaxValue)
    {
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }
}
