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
            return ServerId.TryParse(File.ReadAllText(path).Trim(), out var id)
                ? id
                : throw new LogDamagedException(path, 0, "it does not hold a server's id of 16 hexadecimal digits");
        }

        ulong drawn;
        string text;
        do
        {
            text = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        }
        while (!ServerId.TryParse(text, out drawn));

        var temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(text + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path);
        return drawn;
    }
}
