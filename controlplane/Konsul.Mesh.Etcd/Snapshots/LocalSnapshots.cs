using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Konsul.Mesh.Etcd.Snapshots;

/// <summary>
/// This server's own directory: the newest snapshot as <c>snap-INDEX.snap</c> (its bytes, then their SHA-256), the id of the log it is of, and
/// a lock. All of it can be had again from etcd, so what is damaged is thrown away, not refused.
/// </summary>
internal sealed class LocalSnapshots : IDisposable
{
    private const string Prefix = "snap-";
    private const string Suffix = ".snap";
    private const string Temporary = ".tmp";
    private const int LongestId = 1024;
    private readonly string _directory;
    private readonly FileStream _lock;

    /// <exception cref="IOException">Another process uses the directory.</exception>
    public LocalSnapshots(string directory)
    {
        _directory = directory;
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The log needs a POSIX system.");
        }

        // Snapshots hold secrets (KV values, sealed keys): nobody else's to read.
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Combine(directory, "lock");
        try
        {
            _lock = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"{path} is held by another process, or cannot be locked: {e.Message}", e);
        }

        Array.ForEach(Directory.GetFiles(directory, "*" + Temporary), File.Delete);
    }

    private string ClusterFile => Path.Combine(_directory, "cluster");

    public string Folder => _directory;

    /// <summary>Null when this directory has not been used yet.</summary>
    public string? ClusterId()
    {
        if (!File.Exists(ClusterFile))
        {
            return null;
        }

        using var file = File.OpenRead(ClusterFile);
        var text = new byte[LongestId];
        return Encoding.UTF8.GetString(text, 0, file.ReadAtLeast(text, LongestId, throwOnEndOfStream: false)).Trim();
    }

    public void SetClusterId(string id) => File.WriteAllText(ClusterFile, id + "\n");

    /// <summary>The newest file, whatever is in it.</summary>
    public (string Path, ulong Index)? Newest() =>
        Directory.GetFiles(_directory).Select(path => (Path: path, Index: IndexOf(path))).Where(f => f.Index is not null).OrderByDescending(f => f.Index)
            .Select(f => ((string, ulong)?)(f.Path, f.Index!.Value)).FirstOrDefault();

    /// <summary>Reads all of the file and checks it.</summary>
    /// <exception cref="InvalidDataException">It is not as it was written.</exception>
    public static LocalSnapshot Check(string path, ulong index)
    {
        using var file = File.OpenRead(path);
        var length = file.Length - SHA256.HashSizeInBytes;
        if (length < 0)
        {
            throw new InvalidDataException("it is cut");
        }

        byte[] digest;
        using (var body = new BodyStream(File.OpenRead(path), length))
        {
            digest = SHA256.HashData(body);
        }

        file.Position = length;
        var expected = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(expected);
        return digest.AsSpan().SequenceEqual(expected)
            ? new LocalSnapshot(path, index, length, Convert.ToHexStringLower(digest))
            : throw new InvalidDataException("its checksum does not match");
    }

    /// <summary>Durable and alone when it returns: older ones are removed.</summary>
    public async Task<LocalSnapshot> WriteAsync(ulong index, Func<Stream, Task> write)
    {
        var path = Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{index:D20}{Suffix}"));
        long length = 0;
        var hash = "";
        await ReplaceAsync(path, async file =>
        {
            using var sha = SHA256.Create();
            var hashing = new CryptoStream(file, sha, CryptoStreamMode.Write, leaveOpen: true);
            await using (hashing.ConfigureAwait(false))
            {
                await write(hashing).ConfigureAwait(false);
            }

            length = file.Position;
            hash = Convert.ToHexStringLower(sha.Hash!);
            await file.WriteAsync(sha.Hash!).ConfigureAwait(false);
        }).ConfigureAwait(false);
        foreach (var old in Directory.GetFiles(_directory, Prefix + "*" + Suffix).Where(f => IndexOf(f) < index))
        {
            File.Delete(old);
        }

        return new LocalSnapshot(path, index, length, hash);
    }

    public void Dispose() => _lock.Dispose();

    private static async Task ReplaceAsync(string path, Func<FileStream, Task> write)
    {
        var temporary = path + Temporary;
        try
        {
            var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 256 * 1024);
            await using (file.ConfigureAwait(false))
            {
                await write(file).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static ulong? IndexOf(string path)
    {
        var name = Path.GetFileName(path);
        return name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
            && ulong.TryParse(name.AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;
    }
}
