using System.Text;
using Konsul.Mesh.Proxy.Core.AppClient;

namespace Konsul.Mesh.Proxy.Core.Tests.AppClient;

public sealed class ResponseHeadTests
{
    private const int Limit = 2048;

    public static TheoryData<string, string> Good => new()
    {
        { "HTTP/1.1 200 OK\r\n\r\n", "200 UntilClose -1 keep" },
        { "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 None 0 keep" },
        { "HTTP/1.1 200 \r\nContent-Length: 7\r\n\r\n", "200 Length 7 keep [Content-Length=7]" },
        { "HTTP/1.1 200 OK\r\ncontent-length:7\r\nContent-Length: 7\r\n\r\n", "200 Length 7 keep [Content-Length=7]" },
        { "HTTP/1.1 200 Very good\r\nTransfer-Encoding: Chunked\r\n\r\n", "200 Chunked -1 keep Very good" },
        { "HTTP/1.1 204 No Content\r\n\r\n", "204 None -1 keep No Content" },
        { "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\n", "304 None 5 keep Not Modified [Content-Length=5] [ETag=\"x\"]" },
        { "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\n", "200 Length 1 close [Content-Length=1]" },
        { "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", "200 Length 1 close [Content-Length=1]" },
        { "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n", "200 Length 1 keep [Content-Length=1]" },
        { "HTTP/1.1 200 OK\r\nX-Own: \t a b\t \r\nX-Empty:\r\nContent-Length: 1\r\n\r\n", "200 Length 1 keep [X-Own=a b] [X-Empty=] [Content-Length=1]" },
        { "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 1\r\n\r\n", "200 Length 1 keep [Set-Cookie=a=1] [Set-Cookie=b=2] [Content-Length=1]" },
        { "HTTP/1.1 999 ?\r\nX-Latin: caf\u00e9\r\nContent-Length: 1\r\n\r\n", "999 Length 1 keep ? [X-Latin=caf\u00e9] [Content-Length=1]" },
    };

    public static TheoryData<string> Bad =>
    [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\0\0\0",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.2 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 200 O\0K\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 OK\r\nX: y\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\rz\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n",
        "HTTP/1.1 200 OK\r\n X: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX\0: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\u007fb\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public void TryParse_AtEverySplit_ReadsTheSame(string text, string expected)
    {
        var bytes = Encoding.Latin1.GetBytes(text + "body");
        var head = new ResponseHead(Limit);

        for (var first = 0; first <= bytes.Length; first++)
        {
            Assert.Equal(expected, Describe(head, bytes, first));
        }
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void TryParse_ByteByByte_ReadsTheSame(string text, string expected)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var head = new ResponseHead(Limit);

        Assert.Equal(expected, Describe(head, bytes, Enumerable.Range(0, bytes.Length).ToArray()));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void TryParse_OfWhatCanBeMisread_Refuses(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);

        for (var first = 0; first <= bytes.Length; first++)
        {
            var error = Assert.Throws<HttpIOException>(() => Describe(new ResponseHead(Limit), bytes, first));
            Assert.Equal(HttpRequestError.InvalidResponse, error.HttpRequestError);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX: ")]
    [InlineData("HTTP/1.1 200 ")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    public void TryParse_BeyondTheLimit_Refuses(string start)
    {
        var bytes = Encoding.Latin1.GetBytes(start + new string('x', Limit));

        var error = Assert.Throws<HttpIOException>(() => Describe(new ResponseHead(Limit), bytes, 100, 1000));

        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, error.HttpRequestError);
    }

    [Fact]
    public void TryParse_OfTooManyHeaders_Refuses()
    {
        var bytes = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("a:\r\n", 1001)) + "\r\n");

        var error = Assert.Throws<HttpIOException>(() => Describe(new ResponseHead(64 * 1024), bytes));

        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, error.HttpRequestError);
    }

    [Fact]
    public void Framing_OfAnAnswerToHead_IsWithoutBody()
    {
        var head = new ResponseHead(Limit);
        head.Begin();
        Assert.True(head.TryParse("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"u8, out _));

        Assert.Equal(BodyFraming.None, head.Framing(isHead: true));
    }

    [Fact]
    public void TryParse_OfRandomBytes_EitherReadsOrRefuses()
    {
        var random = new Random(4711);
        var good = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nServer: x\r\n\r\n");
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])good.Clone();
            for (var i = random.Next(3); i >= 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var split = random.Next(bytes.Length);
            var whole = Outcome(bytes);
            Assert.Equal(whole, Outcome(bytes, split, random.Next(split, bytes.Length)));
        }
    }

    private static string Outcome(byte[] bytes, params int[] splits)
    {
        try
        {
            return Describe(new ResponseHead(Limit), bytes, splits);
        }
        catch (HttpIOException)
        {
            return "refused";
        }
    }

    private static string Describe(ResponseHead head, byte[] bytes, params int[] splits)
    {
        head.Begin();
        foreach (var end in splits.Append(bytes.Length))
        {
            if (head.TryParse(bytes.AsSpan(0, end), out var consumed))
            {
                Assert.EndsWith("\r\n\r\n", Encoding.Latin1.GetString(bytes, 0, consumed), StringComparison.Ordinal);
                return string.Join(' ', new[] { $"{head.Status} {head.Framing(isHead: false)} {head.Length} {(head.KeepsAlive ? "keep" : "close")}", head.Reason }
                    .Where(t => t is not null)
                    .Concat(head.Fields.Where(f => f.Name != "Content-Length" || head.Length > 0).Select(f => $"[{f.Name}={f.Value}]")));
            }
        }

        return "incomplete";
    }
}
