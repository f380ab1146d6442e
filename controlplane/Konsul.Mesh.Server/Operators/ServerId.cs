using System.Globalization;

namespace Konsul.Mesh.Server.Operators;

/// <summary>A server's id in consensus as users see and write it: 16 hexadecimal digits.</summary>
internal static class ServerId
{
    public static string Format(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    public static bool TryParse(string text, out ulong id)
    {
        id = 0;
        return text.Length == 16 && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id) && id != 0;
    }
}
