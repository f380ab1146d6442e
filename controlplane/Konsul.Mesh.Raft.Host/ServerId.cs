using System.Globalization;

namespace Konsul.Mesh.Raft.Host;

/// <summary>A server's id in consensus as users see and write it: 16 hexadecimal digits.</summary>
public static class ServerId
{
    public static string Format(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    /// <returns>False for what no server can have, 0 among it.</returns>
    public static bool TryParse(string text, out ulong id)
    {
        id = 0;
        return text.Length == 16 && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id)
            && id is not (0 or LocalTarget.Append or LocalTarget.Apply);
    }
}
