using System.Text;

namespace Konsul.Mesh.Dns.Wire;

/// <summary>Names in wire form: labels behind their lengths, closed by an empty one (RFC 1035 3.1).</summary>
internal static class DomainName
{
    /// <summary>Bytes, with the closing one.</summary>
    public const int MaxLength = 255;

    public const int MaxLabel = 63;
    private const int PointerMark = 0xC0;

    /// <summary>Copies an uncompressed name in lower case. A question has nothing in front that a pointer could point at.</summary>
    /// <returns>Its length, 0 when it is none.</returns>
    public static int CopyLower(ReadOnlySpan<byte> source, Span<byte> name)
    {
        var at = 0;
        while (at < source.Length && at < MaxLength)
        {
            var label = source[at];
            name[at++] = label;
            if (label == 0)
                return at;
            if (label > MaxLabel || at + label >= source.Length || at + label >= MaxLength)
                return 0;
            for (var end = at + label; at < end; at++)
            {
                var c = source[at];
                name[at] = (uint)(c - 'A') <= 'Z' - 'A' ? (byte)(c | 0x20) : c;
            }
        }

        return 0;
    }

    /// <returns>Where the bytes after the name begin, -1 when it is none. Pointers are passed, not followed.</returns>
    public static int Skip(ReadOnlySpan<byte> message, int at)
    {
        for (var length = 0; at < message.Length && length < MaxLength;)
        {
            var label = message[at];
            if ((label & PointerMark) == PointerMark)
                return at + 2 <= message.Length ? at + 2 : -1;
            if (label > MaxLabel)
                return -1;
            at += label + 1;
            length += label + 1;
            if (label == 0)
                return at;
        }

        return -1;
    }

    /// <summary>Reads a name that may be compressed. Every pointer must point further to the front than the one before, so it ends.</summary>
    /// <returns>The name, uncompressed, in its own case; null when it is none.</returns>
    public static byte[]? Expand(ReadOnlySpan<byte> message, int at)
    {
        Span<byte> name = stackalloc byte[MaxLength];
        var (length, floor) = (0, at);
        while (at < message.Length)
        {
            var label = message[at];
            if ((label & PointerMark) == PointerMark)
            {
                if (at + 2 > message.Length)
                    return null;
                var target = ((label & ~PointerMark) << 8) | message[at + 1];
                if (target >= floor)
                    return null;
                at = floor = target;
                continue;
            }

            if (label > MaxLabel || at + label + 1 > message.Length || length + label + 1 > MaxLength)
                return null;
            message.Slice(at, label + 1).CopyTo(name[length..]);
            length += label + 1;
            at += label + 1;
            if (label == 0)
                return name[..length].ToArray();
        }

        return null;
    }

    /// <summary>The labels as text, one character a byte; null when one holds a dot, which no name of ours has.</summary>
    public static string[]? Labels(ReadOnlySpan<byte> name)
    {
        var labels = new List<string>();
        for (var at = 0; name[at] != 0; at += name[at] + 1)
        {
            var label = name.Slice(at + 1, name[at]);
            if (label.Contains((byte)'.'))
                return null;
            labels.Add(Encoding.Latin1.GetString(label));
        }

        return [.. labels];
    }

    /// <summary>The wire form of a dotted name, with or without a closing dot; null when it has none: an empty or long label, too long a whole,
    /// characters beyond ASCII.</summary>
    public static byte[]? FromText(string text)
    {
        var dotted = text.EndsWith('.') ? text[..^1] : text;
        if (dotted.Length == 0 || dotted.Length > MaxLength - 2 || !Ascii.IsValid(dotted))
            return null;
        var name = new byte[dotted.Length + 2];
        var at = 0;
        foreach (var label in dotted.Split('.'))
        {
            if (label.Length is 0 or > MaxLabel)
                return null;
            name[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, name.AsSpan(at));
        }

        return name;
    }

    public static string ToText(ReadOnlySpan<byte> name) => Labels(name) is { } labels ? string.Join('.', labels) : "?";

    /// <summary>Whether a name is <paramref name="zone"/> or lies below it; both in lower case.</summary>
    public static bool IsWithin(ReadOnlySpan<byte> name, ReadOnlySpan<byte> zone)
    {
        if (!name.EndsWith(zone))
            return false;
        var at = 0;
        while (at < name.Length - zone.Length)
            at += name[at] + 1;
        return at == name.Length - zone.Length;
    }
}
