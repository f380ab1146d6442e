using System.Security.Cryptography;
using Konsul.Mesh.Hosting.Lifecycle;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>
/// The key that the CA's key is sealed under, in a file outside the data directory, so that a copy of the data (a backup, a snapshot) does not
/// hold what opens it. 32 random bytes in base64, readable by the owner alone.
/// </summary>
internal static class KeyEncryptionKey
{
    public const int Size = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="StartupException">The file is missing or does not hold a key (65).</exception>
    public static byte[] Load(string path)
    {
        try
        {
            var key = Convert.FromBase64String(File.ReadAllText(path).Trim());
            return key.Length == Size ? key : throw Bad(path, $"it holds {key.Length} bytes, not {Size}");
        }
        catch (FormatException)
        {
            throw Bad(path, "it is not base64");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, e.Message.TrimEnd('.'));
        }
    }

    /// <summary>The key in the file; a new one when there is no file. Only for a server without a CA yet: a new key would open nothing.</summary>
    public static byte[] LoadOrCreate(string path)
    {
        if (File.Exists(path))
            return Load(path);

        var key = RandomNumberGenerator.GetBytes(Size);
        try
        {
            Write(path, key);
            return key;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, e.Message.TrimEnd('.'));
        }
    }

    /// <summary>Keeps a key that another server gave.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> key)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        Write(temporary, key);
        File.Move(temporary, path, overwrite: true);
    }

    private static void Write(string path, ReadOnlySpan<byte> key)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(key) + "\n"));
        file.Flush(flushToDisk: true);
    }

    private static StartupException Bad(string path, string why) =>
        new(ExitCode.BadFile, $"the key-encryption key of the CA cannot be taken from {path}: {why}");
}
