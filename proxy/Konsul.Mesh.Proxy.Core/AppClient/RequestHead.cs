using System.Buffers;
using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text;

namespace Konsul.Mesh.Proxy.Core.AppClient;

/// <summary>Writes a request line and headers. Refuses what would change where one ends (RFC 9112 section 11.1).</summary>
internal ref struct RequestHead
{
    private const int FirstSize = 4096;
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\r\n\0");

    /// <summary>Visible ASCII: all that a request target may hold.</summary>
    private static readonly SearchValues<char> TargetChars = SearchValues.Create([.. Enumerable.Range(0x21, 0x5E).Select(c => (char)c)]);
    private byte[] _buffer;
    private int _count;

    /// <param name="request">What to send.</param>
    /// <param name="length">Of the body; null is chunked if there is content.</param>
    /// <param name="count">Bytes written.</param>
    /// <returns>From the shared array pool.</returns>
    /// <exception cref="HttpRequestException">It cannot be written as it is.</exception>
    public static byte[] Write(HttpRequestMessage request, long? length, out int count)
    {
        var head = new RequestHead { _buffer = ArrayPool<byte>.Shared.Rent(FirstSize) };
        head.WriteLine(request);
        head.WriteFields(request.Headers);
        if (!request.Headers.NonValidated.Contains("Host"))
        {
            head.WriteField("Host", request.RequestUri!.Authority);
        }

        head.WriteFraming(request, length);
        head.Append("\r\n");
        count = head._count;
        return head._buffer;
    }

    private void WriteLine(HttpRequestMessage request)
    {
        var uri = request.RequestUri ?? throw Refused("no address");
        var prefix = uri.OriginalString.IndexOf('/', "http://".Length);
        var target = prefix > 0 ? uri.OriginalString.AsSpan(prefix) : uri.PathAndQuery;
        if (target.ContainsAnyExcept(TargetChars))
        {
            throw Refused("a character that a request target must not hold");
        }

        Append(request.Method.Method);
        Append(" ");
        Append(target);
        Append(" HTTP/1.1\r\n");
    }

    private void WriteFields(HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            if (IsOfTheLastHop(name))
            {
                continue;
            }

            if (values.Count > 1 && name.Equals("Cookie", StringComparison.OrdinalIgnoreCase))
            {
                // RFC 9113 section 8.2.3.
                WriteField(name, string.Join("; ", values));
                continue;
            }

            foreach (var value in values)
            {
                WriteField(name, value);
            }
        }
    }

    private void WriteFraming(HttpRequestMessage request, long? length)
    {
        if (request.Content is not { } content)
        {
            // Who gets one of these without a length may wait for a body (RFC 9110 section 8.6).
            if (request.Method == HttpMethod.Post || request.Method == HttpMethod.Put || request.Method == HttpMethod.Patch)
            {
                Append("Content-Length: 0\r\n");
            }

            return;
        }

        WriteFields(content.Headers);
        if (length is null)
        {
            Append("Transfer-Encoding: chunked\r\n");
            return;
        }

        Append("Content-Length: ");
        Ensure(20);
        Utf8Formatter.TryFormat(length.Value, _buffer.AsSpan(_count), out var digits);
        _count += digits;
        Append("\r\n");
    }

    private static bool IsOfTheLastHop(string name) => name.Length switch
    {
        7 => name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase),
        10 => name.Equals("Connection", StringComparison.OrdinalIgnoreCase) || name.Equals("Keep-Alive", StringComparison.OrdinalIgnoreCase),
        14 => name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase),
        16 => name.Equals("Proxy-Connection", StringComparison.OrdinalIgnoreCase),
        17 => name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private void WriteField(string name, string value)
    {
        if (value.AsSpan().ContainsAny(LineEnds))
        {
            throw Refused($"a line end in the header {name}");
        }

        Append(name);
        Append(": ");
        Append(value);
        Append("\r\n");
    }

    private void Append(ReadOnlySpan<char> text)
    {
        Ensure(text.Length);
        _count += Encoding.Latin1.GetBytes(text, _buffer.AsSpan(_count));
    }

    private void Ensure(int more)
    {
        if (_buffer.Length - _count >= more)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _count + more));
        _buffer.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private static HttpRequestException Refused(string why) => new(HttpRequestError.Unknown, $"The request cannot be sent: {why}.");
}
