using System.Text;

namespace Konsul.Mesh.Server.Http;

/// <summary>
/// The request target as it came over the wire. Kestrel's own path is not used: it leaves %2F encoded and removes dot segments, while
/// clients encode every path parameter (RFC 3986 section 2.2 makes <c>a%2Fb</c> one segment). Routing looks at <see cref="Path"/> as sent;
/// a parameter is decoded once, after it was cut out.
/// </summary>
/// <param name="Path">Still percent-encoded, starting with a slash.</param>
/// <param name="Query">Without the question mark.</param>
internal readonly record struct RequestTarget(string Path, string Query)
{
    public static RequestTarget Parse(string raw)
    {
        var rest = raw.AsSpan();
        if (!rest.StartsWith('/') && rest.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
        {
            // Absolute form (RFC 9112 section 3.2.2), as a proxy sends it.
            rest = rest[(scheme + 3)..];
            var slash = rest.IndexOfAny('/', '?');
            rest = slash < 0 ? "/" : rest[slash..];
        }

        var question = rest.IndexOf('?');
        var path = question < 0 ? rest : rest[..question];
        return new RequestTarget(path.IsEmpty ? "/" : path.ToString(), question < 0 ? "" : rest[(question + 1)..].ToString());
    }

    /// <summary>The path without empty and dot segments; a trailing slash stays. Equal to <see cref="Path"/> when that is clean.</summary>
    public string CleanPath()
    {
        var segments = Path.Split('/');
        var clean = true;
        for (var i = 1; i < segments.Length; i++)
            clean &= segments[i] is not ("." or "..") && (segments[i].Length > 0 || i == segments.Length - 1);
        if (clean)
            return Path;

        var kept = new List<string>(segments.Length);
        foreach (var segment in segments)
        {
            if (segment == ".." && kept.Count > 0)
                kept.RemoveAt(kept.Count - 1);
            else if (segment is not ("" or "." or ".."))
                kept.Add(segment);
        }

        var tail = kept.Count > 0 && segments[^1] is "" or "." or ".." ? "/" : "";
        return kept.Count == 0 ? "/" : $"/{string.Join('/', kept)}{tail}";
    }

    /// <summary>Undoes percent-encoding. Null when an escape is broken, the bytes are not UTF-8 or something is not printable.</summary>
    /// <param name="text">A part of a path or of a query.</param>
    /// <param name="plusIsSpace">True in queries only; in a path a plus is a plus.</param>
    /// <param name="printable">Refuse control characters, as in paths.</param>
    public static string? Decode(ReadOnlySpan<char> text, bool plusIsSpace, bool printable)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                    return null;
                bytes[length++] = (byte)((Nibble(text[i + 1]) << 4) | Nibble(text[i + 2]));
                i += 2;
            }
            else
            {
                length += Encoding.UTF8.GetBytes(text.Slice(i, 1) is ['+'] && plusIsSpace ? " " : text.Slice(i, 1), bytes.AsSpan(length));
            }
        }

        if (!System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length)))
            return null;
        var decoded = Encoding.UTF8.GetString(bytes, 0, length);
        return printable && decoded.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029') ? null : decoded;
    }

    private static int Nibble(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
