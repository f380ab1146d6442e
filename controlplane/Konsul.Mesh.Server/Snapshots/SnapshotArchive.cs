using System.Buffers;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.State;

namespace Konsul.Mesh.Server.Snapshots;

/// <summary>
/// A snapshot as users keep it: a gzip'd tar of <c>meta.json</c>, <c>state.bin</c> and <c>SHA256SUMS</c>, the layout of Consul's archives (what is
/// inside state.bin is ours). The state goes through a file, because its size and hash stand before and behind it.
/// </summary>
internal static class SnapshotArchive
{
    private const string Meta = "meta.json";
    private const string State = "state.bin";
    private const string Sums = "SHA256SUMS";
    private const int MaxSmallEntry = 64 * 1024;

    /// <param name="view">What to save.</param>
    /// <param name="term">Of the log, for the archive's meta data.</param>
    /// <param name="version">Of the program.</param>
    /// <param name="scratch">Directory for a file as large as the state.</param>
    /// <param name="destination">Gets the archive.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task WriteAsync(StateView view, ulong term, string version, string scratch, Stream destination, CancellationToken cancellation)
    {
        var file = ScratchFile(scratch);
        await using var owned = file.ConfigureAwait(false);
        await Task.Run(() => StateStore.WriteSnapshot(view, file), cancellation).ConfigureAwait(false);
        file.Position = 0;
        var meta = MetaOf(view, term, version, file.Length);
        var sums = $"{Convert.ToHexStringLower(SHA256.HashData(meta))}  {Meta}\n"
            + $"{Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation).ConfigureAwait(false))}  {State}\n";
        file.Position = 0;

        var zipped = new GZipStream(destination, CompressionLevel.Fastest, leaveOpen: true);
        await using var zip = zipped.ConfigureAwait(false);
        var tar = new TarWriter(zipped, TarEntryFormat.Pax, leaveOpen: true);
        await using var tared = tar.ConfigureAwait(false);
        await tar.WriteEntryAsync(Entry(Meta, new MemoryStream(meta)), cancellation).ConfigureAwait(false);
        await tar.WriteEntryAsync(Entry(State, file), cancellation).ConfigureAwait(false);
        await tar.WriteEntryAsync(Entry(Sums, new MemoryStream(Encoding.ASCII.GetBytes(sums))), cancellation).ConfigureAwait(false);
    }

    /// <summary>Unpacks and verifies an archive.</summary>
    /// <returns>The state, in a file of its own that goes when it is closed.</returns>
    /// <exception cref="SnapshotRefusedException">Not such an archive, incomplete, or altered.</exception>
    public static async Task<FileStream> ReadAsync(Stream archive, string scratch, long maxBytes, CancellationToken cancellation)
    {
        FileStream? state = null;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        string? sums = null;
        try
        {
            var zip = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
            await using var unzipped = zip.ConfigureAwait(false);
            var bounded = new BudgetStream(zip) { Budget = MaxSmallEntry };
            await using var spent = bounded.ConfigureAwait(false);
            var tar = new TarReader(bounded, leaveOpen: true);
            await using var untared = tar.ConfigureAwait(false);
            while (await tar.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false) is { } entry)
            {
                bounded.Budget = entry.Name == State ? maxBytes + MaxSmallEntry : MaxSmallEntry;
                switch (entry)
                {
                    case { Name: State, DataStream: { } data } when state is null:
                        state = ScratchFile(scratch);
                        found[State] = await CopyAsync(data, state, maxBytes, cancellation).ConfigureAwait(false);
                        break;
                    case { Name: Meta, DataStream: { } data }:
                        using (var text = new MemoryStream())
                            found[Meta] = await CopyAsync(data, text, MaxSmallEntry, cancellation).ConfigureAwait(false);
                        break;
                    case { Name: Sums, DataStream: { } data }:
                        using (var text = new MemoryStream())
                        {
                            await CopyAsync(data, text, MaxSmallEntry, cancellation).ConfigureAwait(false);
                            sums = Encoding.ASCII.GetString(text.ToArray());
                        }

                        break;
                    default:
                        throw new SnapshotRefusedException($"the archive holds what does not belong there: {Json.JsonValues.Shown(entry.Name)}");
                }

                bounded.Budget = MaxSmallEntry;
            }

            Verify(found, sums);
            var verified = state!;
            verified.Position = 0;
            state = null;
            return verified;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new SnapshotRefusedException($"it is not a gzip'd tar: {e.Message}");
        }
        finally
        {
            if (state is not null)
                await state.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void Verify(Dictionary<string, string> found, string? sums)
    {
        if (sums is null || !found.ContainsKey(State) || !found.ContainsKey(Meta))
            throw new SnapshotRefusedException($"the archive lacks one of {Meta}, {State}, {Sums}");
        var listed = sums.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split("  ", 2)).Where(l => l.Length == 2)
            .ToLookup(l => l[1], l => l[0], StringComparer.Ordinal);
        foreach (var (name, hash) in found)
        {
            if (!listed[name].Contains(hash, StringComparer.OrdinalIgnoreCase))
                throw new SnapshotRefusedException($"the checksum of {name} does not match: the archive was altered or cut");
        }
    }

    private static async Task<string> CopyAsync(Stream source, Stream destination, long maxBytes, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            long total = 0;
            int read;
            while ((read = await source.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                total += read;
                if (total > maxBytes)
                    throw new SnapshotRefusedException($"an entry is larger than {maxBytes} bytes");
                hash.AppendData(buffer, 0, read);
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static PaxTarEntry Entry(string name, Stream data) =>
        new(TarEntryType.RegularFile, name) { DataStream = data, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite, ModificationTime = DateTimeOffset.UnixEpoch };

    private static byte[] MetaOf(StateView view, ulong term, string version, long size)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var w = new Utf8JsonWriter(buffer))
        {
            w.WriteStartObject();
            w.WriteString("ID", $"{term}-{view.Index}");
            w.WriteNumber("Index", view.Index);
            w.WriteNumber("Term", term);
            w.WriteString("Version", version);
            w.WriteNumber("Size", size);
            w.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Goes when it is closed. Only the owner can read it: it holds secrets.</summary>
    private static FileStream ScratchFile(string directory)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
            BufferSize = 128 * 1024,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(directory, Path.GetRandomFileName()), options);
    }
}
