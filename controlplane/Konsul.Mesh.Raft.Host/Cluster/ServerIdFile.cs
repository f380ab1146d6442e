using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Konsul.Mesh.Raft.Host.Cluster;

/// <summary>The id that a server has drawn at its first start, before it belonged to a cluster.</summary>
internal static class ServerIdFile
{
    /// <exception cref="LogDamagedException">The file does not hold an id.</exception>
    public static ulong LoadOrDraw(string path)
    {
        if (File.Exists(path))
        {
            return ulong.TryParse(File.ReadAllText(path).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) && IsGood(id)
                ? id
                : throw new LogDamagedException(path, 0, "it does not hold a server's id of 16 hexadecimal digits");
        }

        var drawn = 0UL;
        while (!IsGood(drawn))
        {
            drawn = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
        }

        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(drawn.ToString("x16", CultureInfo.InvariantCulture) + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path);
        return drawn;
    }

    private static bool IsGood(ulong id) => id is not (0 or LocalTarget.Append or LocalTarget.Apply);
}
