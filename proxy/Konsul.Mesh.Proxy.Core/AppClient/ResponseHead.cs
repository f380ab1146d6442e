using System.Buffers;
using System.Text;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>
/// Reads the head of a response, or its trailers, line by line as bytes come (RFC 9112). Strict: whatever two readers could understand
/// differently is refused. One per connection, reused; values that an app repeats are given out as the same string.
/// </summary>
/// <remarks>Invariant: <see cref="_lineStart"/> ≤ <see cref="_scanned"/>, offsets from the first byte of the head; no byte before
/// <see cref="_scanned"/> is looked at twice.</remarks>
internal sealed class ResponseHead(int maxBytes)
{
    private const int MaxFields = 1000;
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>field-vchar, SP and HTAB (RFC 9110 section 5.5), obs-text included.</summary>
    private static readonly SearchValues<byte> ValueBytes =
        SearchValues.Create([(byte)'\t', .. Enumerable.Range(0x20, 0x5F).Select(b => (byte)b), .. Enumerable.Range(0x80, 0x80).Select(b => (byte)b)]);

    private readonly List<ResponseField> _fields = new(16);
    private readonly string?[] _lastValues = new string?[KnownFields.Count];
    private int _scanned;
    private int _lineStart;
    private bool _inFields;
    private bool _isTrailer;
    private long _length;
    private bool _chunked;
    private bool _close;
    private bool _keepAlive;

    public int Status { get; private set; }

    public bool IsHttp10 { get; private set; }

    /// <summary>Null when it is the usual one of the status.</summary>
    public string? Reason { get; private set; }

    public IReadOnlyList<ResponseField> Fields => _fields;

    /// <summary>RFC 9112 section 9.3.</summary>
    public bool KeepsAlive => !_close && (!IsHttp10 || _keepAlive);

    /// <summary>Content-Length, or -1.</summary>
    public long Length => _length;

    public void Begin()
    {
        Restart();
        _inFields = _isTrailer = false;
        Reason = null;
    }

    public void BeginTrailers()
    {
        Restart();
        _inFields = _isTrailer = true;
    }

    /// <param name="bytes">Everything from the first byte of the head on; grows from call to call.</param>
    /// <param name="consumed">Length of the head when it is complete.</param>
    /// <exception cref="HttpIOException">It is malformed or too large.</exception>
    public bool TryParse(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            var found = bytes[_scanned..].IndexOf(Lf);
            if (found < 0)
            {
                _scanned = bytes.Length;
                Check(bytes);
                return false;
            }

            var end = _scanned + found;
            if (end == _lineStart || bytes[end - 1] != Cr)
            {
                throw MalformedAnswer.Because("A line of the head ends with LF alone.");
            }

            var line = bytes[_lineStart..(end - 1)];
            _scanned = _lineStart = end + 1;
            Check(bytes);
            if (_inFields && line.IsEmpty)
            {
                consumed = _scanned;
                return true;
            }

            if (_inFields)
            {
                ParseField(line);
            }
            else
            {
                ParseStatusLine(line);
            }
        }
    }

    /// <exception cref="HttpIOException">The framing is ambiguous.</exception>
    public BodyFraming Framing(bool isHead)
    {
        if (_chunked && (_length >= 0 || IsHttp10))
        {
            throw MalformedAnswer.Because(IsHttp10 ? "Transfer-Encoding in HTTP/1.0." : "Both Transfer-Encoding and Content-Length.");
        }

        return isHead || Status is < 200 or 204 or 304 ? BodyFraming.None
            : _chunked ? BodyFraming.Chunked
            : _length == 0 ? BodyFraming.None
            : _length > 0 ? BodyFraming.Length
            : BodyFraming.UntilClose;
    }

    private void Restart()
    {
        _fields.Clear();
        (_scanned, _lineStart, _length) = (0, 0, -1);
        _chunked = _close = _keepAlive = false;
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        if (_scanned > maxBytes)
        {
            throw MalformedAnswer.TooLarge($"The head is larger than {maxBytes} bytes.");
        }

        var start = "HTTP/1."u8;
        if (!_inFields && !start.StartsWith(bytes[..Math.Min(bytes.Length, start.Length)]))
        {
            throw MalformedAnswer.Because("It is not HTTP/1.");
        }
    }

    private void ParseStatusLine(ReadOnlySpan<byte> line)
    {
        // HTTP/1.1 200 OK; the space before an empty reason is often left out.
        if (line.Length < 12 || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' ' || !IsStatus(line[9..12]) || (line.Length > 12 && line[12] != ' '))
        {
            throw MalformedAnswer.Because("The status line is malformed.");
        }

        IsHttp10 = line[7] == '0';
        Status = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + line[11] - '0';
        var reason = line.Length > 13 ? line[13..] : [];
        if (reason.ContainsAnyExcept(ValueBytes))
        {
            throw MalformedAnswer.Because("A control character in the status line.");
        }

        Reason = reason.IsEmpty || (Status == 200 && reason.SequenceEqual("OK"u8)) ? null : Encoding.Latin1.GetString(reason);
        _inFields = true;
    }

    private static bool IsStatus(ReadOnlySpan<byte> digits) => !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') && digits[0] != '0';

    private void ParseField(ReadOnlySpan<byte> line)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            throw MalformedAnswer.Because("A folded header line.");
        }

        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[..colon].ContainsAnyExcept(TokenBytes))
        {
            throw MalformedAnswer.Because("A header line without a valid name.");
        }

        var value = line[(colon + 1)..].Trim(" \t"u8);
        if (value.ContainsAnyExcept(ValueBytes))
        {
            throw MalformedAnswer.Because("A control character in a header.");
        }

        var known = KnownFields.Find(line[..colon], out var name);
        if (known >= 0 && IsForThisHop(name, value))
        {
            return;
        }

        if (_fields.Count == MaxFields)
        {
            throw MalformedAnswer.TooLarge($"More than {MaxFields} headers.");
        }

        _fields.Add(new ResponseField(name, Text(known, value)));
    }

    private string Text(int known, ReadOnlySpan<byte> value)
    {
        if (known < 0)
        {
            return Encoding.Latin1.GetString(value);
        }

        var last = _lastValues[known];
        return last is not null && Ascii.Equals(value, last) ? last : _lastValues[known] = Encoding.Latin1.GetString(value);
    }

    /// <summary>Takes note of what concerns this connection. Content-Length goes on once, everything else here does not.</summary>
    private bool IsForThisHop(string name, ReadOnlySpan<byte> value)
    {
        switch (name)
        {
            case "Content-Length":
                return _isTrailer || !TakeLength(value);
            case "Transfer-Encoding":
                if (!_isTrailer && (_chunked || !Ascii.EqualsIgnoreCase(value, "chunked"u8)))
                {
                    throw MalformedAnswer.Because("A Transfer-Encoding other than chunked.");
                }

                _chunked = true;
                return true;
            case "Connection":
                foreach (var range in value.Split((byte)','))
                {
                    var option = value[range].Trim(" \t"u8);
                    _close |= Ascii.EqualsIgnoreCase(option, "close"u8);
                    _keepAlive |= Ascii.EqualsIgnoreCase(option, "keep-alive"u8);
                }

                return true;
            case "Keep-Alive" or "Upgrade":
                return true;
            default:
                return false;
        }
    }

    /// <returns>False when the same length was named before.</returns>
    private bool TakeLength(ReadOnlySpan<byte> value)
    {
        const int MaxDigits = 18;
        if (value.IsEmpty || value.Length > MaxDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw MalformedAnswer.Because("Content-Length is not a number.");
        }

        var length = 0L;
        foreach (var digit in value)
        {
            length = (length * 10) + digit - '0';
        }

        if (_length >= 0 && _length != length)
        {
            throw MalformedAnswer.Because("Two different Content-Lengths.");
        }

        var isFirst = _length < 0;
        _length = length;
        return isFirst;
    }
}
