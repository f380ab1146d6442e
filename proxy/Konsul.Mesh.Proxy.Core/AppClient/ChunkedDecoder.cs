namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>The framing of a chunked body (RFC 9112 section 7.1). Pure: it tells what to take from the bytes at hand, data is taken by the
/// caller. Chunk extensions are skipped; a chunk line is bounded.</summary>
internal sealed class ChunkedDecoder(ResponseHead trailers)
{
    /// <summary>Hexadecimal digits of a size: 60 bits.</summary>
    private const int MaxSizeDigits = 15;
    private const int MaxLine = 1024;
    private State _state = State.Size;
    private long _left;

    private enum State
    {
        Size,
        Data,
        DataEnd,
        Trailers,
        End,
    }

    /// <summary>How much of the current chunk is still to come.</summary>
    public long DataLeft => _state == State.Data ? _left : 0;

    public bool IsEnd => _state == State.End;

    /// <summary>Goes over framing until there is data, the end, or not enough bytes.</summary>
    /// <returns>How many bytes to skip. The rest begins with data if <see cref="DataLeft"/> is not 0.</returns>
    /// <exception cref="HttpIOException">It is malformed or too large.</exception>
    public int Advance(ReadOnlySpan<byte> bytes)
    {
        var skipped = 0;
        while (TryStep(bytes[skipped..], out var consumed))
        {
            skipped += consumed;
        }

        return skipped;
    }

    public void TookData(int count)
    {
        _left -= count;
        if (_left == 0)
        {
            _state = State.DataEnd;
        }
    }

    private bool TryStep(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        switch (_state)
        {
            case State.Size:
                return TrySize(bytes, out consumed);
            case State.DataEnd:
                return TryDataEnd(bytes, out consumed);
            case State.Trailers when trailers.TryParse(bytes, out consumed):
                _state = State.End;
                return true;
            default:
                return false;
        }
    }

    private bool TrySize(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0 ? bytes.Length > MaxLine : end > MaxLine)
        {
            throw MalformedAnswer.TooLarge("A chunk line is too long.");
        }

        if (end < 0)
        {
            return false;
        }

        if (end == 0 || bytes[end - 1] != '\r')
        {
            throw MalformedAnswer.Because("A chunk line ends with LF alone.");
        }

        _left = Size(bytes[..(end - 1)]);
        consumed = end + 1;
        if (_left > 0)
        {
            _state = State.Data;
            return true;
        }

        trailers.BeginTrailers();
        _state = State.Trailers;
        return true;
    }

    private static long Size(ReadOnlySpan<byte> line)
    {
        var digits = line.IndexOfAny((byte)';', (byte)' ', (byte)'\t');
        var number = digits < 0 ? line : line[..digits];
        var rest = line[number.Length..].TrimStart(" \t"u8);
        if (number.IsEmpty || number.Length > MaxSizeDigits || (!rest.IsEmpty && rest[0] != ';') || rest.ContainsAnyInRange((byte)0, (byte)8)
            || rest.ContainsAnyInRange((byte)10, (byte)31))
        {
            throw MalformedAnswer.Because("A chunk size is malformed.");
        }

        var size = 0L;
        foreach (var digit in number)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                throw MalformedAnswer.Because("A chunk size is malformed.");
            }

            size = (size << 4) | (uint)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return size;
    }

    private bool TryDataEnd(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        if (!"\r\n"u8.StartsWith(bytes[..Math.Min(2, bytes.Length)]))
        {
            throw MalformedAnswer.Because("A chunk is longer than its size.");
        }

        if (bytes.Length < 2)
        {
            return false;
        }

        consumed = 2;
        _state = State.Size;
        return true;
    }
}
