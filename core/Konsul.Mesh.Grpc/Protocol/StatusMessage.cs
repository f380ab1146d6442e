using System.Globalization;
using System.Text;

namespace Grpc.Protocol;

/// <summary>The grpc-message trailer: UTF-8, percent-encoded wherever a byte is not printable ASCII.</summary>
internal static class StatusMessage
{
    public static string Encode(string detail)
    {
        if (!detail.AsSpan().ContainsAnyExceptInRange(' ', '~') && !detail.Contains('%'))
            return detail;

        var encoded = new StringBuilder(detail.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(detail))
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    /// <summary>Never fails: what is not a valid escape stays as it came, as the protocol asks.</summary>
    public static string Decode(string message)
    {
        if (!message.Contains('%'))
            return message;

        var bytes = new List<byte>(message.Length);
        for (var i = 0; i < message.Length; i++)
        {
            if (message[i] == '%'
                && i + 2 < message.Length
                && byte.TryParse(message.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
            {
                bytes.Add(b);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(message, i, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
