using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Konsul.Mesh.Cli.Api;

namespace Konsul.Mesh.Cli.Snapshots;

/// <summary>A snapshot as the server gives it: a gzip'd tar of <c>meta.json</c>, <c>state.bin</c> and <c>SHA256SUMS</c>. Messages
/// quote nothing of it: it may come from anybody.</summary>
internal static class SnapshotArchive
{
    public const string Meta = "meta.json";
    private const string State = "state.bin";
    private const string Sums = "SHA256SUMS";
    private const int MaxSmallEntry = 64 * 1024;

    /// <summary>Reads all of an archive, with the memory of one block.</summary>
    /// <param name="archive">Can seek, and stands at its start.</param>
    /// <param name="progress">Called for each block of the state.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">Not such an archive, incomplete, or altered; the message says which.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static async Task<SnapshotMeta> VerifyAsync(Stream archive, Action progress, CancellationToken cancellation)
    {
        Parts parts;
        try
        {
            parts = await ReadAsync(archive, progress, cancellation);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException("it is not a gzip'd tar, or cut");
        }

        var (meta, stateHash, sums) = (parts.Meta!, parts.StateHash!, parts.Sums!);
        var listed = Encoding.ASCII.GetString(sums).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split("  ", 2)).Where(l => l.Length == 2).ToLookup(l => l[1], l => l[0], StringComparer.Ordinal);
        foreach (var (name, hash) in ((string, byte[])[])[(Meta, SHA256.HashData(meta)), (State, stateHash)])
        {
            if (!listed[name].Contains(Convert.ToHexString(hash), StringComparer.OrdinalIgnoreCase))
            {
                throw new InvalidDataException($"the checksum of {name} does not match: it was altered or cut");
            }
        }

        var told = SnapshotMeta.Parse(meta);
        return told.Size == parts.StateSize ? told : throw new InvalidDataException($"{State} is not as long as {Meta} says");
    }

    private static async Task<Parts> ReadAsync(Stream archive, Action progress, CancellationToken cancellation)
    {
        var parts = new Parts();
        await using var zip = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
        await using var metered = new MeteredStream(zip);
        await using var tar = new TarReader(metered, leaveOpen: true);
        while (true)
        {
            metered.Allowance = MaxSmallEntry;
            if (await tar.GetNextEntryAsync(copyData: false, cancellation) is not { } entry)
            {
                break;
            }

            switch (entry)
            {
                case { Name: Meta, DataStream: { } data } when parts.Meta is null:
                    parts.Meta = await SmallAsync(data, cancellation);
                    break;
                case { Name: Sums, DataStream: { } data } when parts.Sums is null:
                    parts.Sums = await SmallAsync(data, cancellation);
                    break;
                case { Name: State, DataStream: { } data } when parts.StateHash is null:
                    metered.Allowance = long.MaxValue;
                    (parts.StateHash, parts.StateSize) = await HashAsync(data, progress, cancellation);
                    break;
                default:
                    throw new InvalidDataException($"it holds other things than one {Meta}, {State} and {Sums} each");
            }
        }

        if (parts is not { Meta: not null, StateHash: not null, Sums: not null })
        {
            throw new InvalidDataException($"it lacks one of {Meta}, {State}, {Sums}");
        }

        metered.Allowance = MaxSmallEntry;
        var rest = new byte[4096];
        while (await metered.ReadAsync(rest, cancellation) is > 0 and var read)
        {
            if (rest.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                throw new InvalidDataException("there is something behind its end");
            }
        }

        // GZipStream takes a cut stream for an ended one; gzip's last word is how much it unpacks to.
        var trailer = new byte[sizeof(uint)];
        archive.Seek(-trailer.Length, SeekOrigin.End);
        await archive.ReadExactlyAsync(trailer, cancellation);
        return BinaryPrimitives.ReadUInt32LittleEndian(trailer) == unchecked((uint)metered.Total)
            ? parts
            : throw new InvalidDataException("its end is cut");
    }

    private static async Task<byte[]> SmallAsync(Stream data, CancellationToken cancellation)
    {
        using var text = new MemoryStream();
        await data.CopyToAsync(text, cancellation);
        return text.ToArray();
    }

    private static async Task<(byte[] Hash, long Size)> HashAsync(Stream data, Action progress, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockCopy.BlockSize];
        var size = 0L;
        while (await data.ReadAsync(block, cancellation) is > 0 and var read)
        {
            hash.AppendData(block, 0, read);
            size += read;
            progress();
        }

        return (hash.GetHashAndReset(), size);
    }

    private sealed class Parts
    {
        public byte[]? Meta { get; set; }

        public byte[]? Sums { get; set; }

        public byte[]? StateHash { get; set; }

        public long StateSize { get; set; }
    }
}
