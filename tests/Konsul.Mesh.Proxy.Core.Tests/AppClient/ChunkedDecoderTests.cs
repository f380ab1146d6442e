using System.Text;
using Konsul.Mesh.Proxy.Core.AppClient;

namespace Konsul.Mesh.Proxy.Core.Tests.AppClient;

public sealed class ChunkedDecoderTests
{
    public static TheoryData<string, string> Good => new()
    {
        { "0\r\n\r\n", "|" },
        { "5\r\nhello\r\n0\r\n\r\n", "hello|" },
        { "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world|" },
        { "A;name=value;x=\"y\"\r\n0123456789\r\n000\r\n\r\n", "0123456789|" },
        { "a ;x\r\n0123456789\r\n0\r\n\r\n", "0123456789|" },
        { "2\r\n\r\n\r\n0\r\n\r\n", "\r\n|" },
        { "1\r\nx\r\n0\r\nGrpc-Status: 0\r\nX: y\r\n\r\n", "x|Grpc-Status=0,X=y" },
    };

    public static TheoryData<string> Bad =>
    [
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "+1\r\n",
        "0x1\r\n",
        " 1\r\n",
        "1 2\r\n",
        "5\n",
        "1;a\0b\r\n",
        "1;a\rb\r\n",
        "1000000000000000\r\n",
        "5\r\nhello!\r\n",
        "5\r\nhelloX",
        "1\r\nx\n0\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\nX: y\r\n z\r\n\r\n",
        "0\r\n\n",
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public void Advance_AtEverySplit_ReadsTheSame(string text, string expected)
    {
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                Assert.Equal((expected, "next"), Decode(text + "next", first, second));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void Advance_OfWhatCanBeMisread_Refuses(string text)
    {
        for (var first = 0; first <= text.Length; first++)
        {
            Assert.Throws<HttpIOException>(() => Decode(text, first));
        }
    }

    [Fact]
    public void Advance_OfAnEndlessChunkLine_Refuses() =>
        Assert.Equal(
            HttpRequestError.ConfigurationLimitExceeded,
            Assert.Throws<HttpIOException>(() => Decode("1;" + new string('x', 2000), 1500)).HttpRequestError);

    [Fact]
    public void Advance_OfEndlessTrailers_Refuses() =>
        Assert.Equal(
            HttpRequestError.ConfigurationLimitExceeded,
            Assert.Throws<HttpIOException>(() => Decode("0\r\n" + string.Concat(Enumerable.Repeat("a: b\r\n", 500)), 1500)).HttpRequestError);

    [Fact]
    public void Advance_OverRandomChunksAndSplits_ReturnsTheirBytes()
    {
        var random = new Random(11);
        for (var round = 0; round < 500; round++)
        {
            var body = new string([.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => (char)random.Next(256))]);
            var text = new StringBuilder();
            for (var at = 0; at < body.Length;)
            {
                var count = Math.Min(random.Next(1, 60), body.Length - at);
                text.Append(count.ToString(random.Next(2) == 0 ? "x" : "X", null)).Append("\r\n").Append(body, at, count).Append("\r\n");
                at += count;
            }

            text.Append("0\r\n\r\n");
            var splits = Enumerable.Range(0, 8).Select(_ => random.Next(text.Length)).Order().ToArray();

            Assert.Equal((body + "|", ""), Decode(text.ToString(), splits));
        }
    }

    /// <summary>As a connection does it: bytes arrive up to each split, framing and data are taken, the rest waits.</summary>
    private static (string Body, string Remaining) Decode(string text, params int[] splits)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var trailers = new ResponseHead(1024);
        var decoder = new ChunkedDecoder(trailers);
        var body = new StringBuilder();
        var at = 0;
        foreach (var end in splits.Append(bytes.Length))
        {
            while (!decoder.IsEnd)
            {
                at += decoder.Advance(bytes.AsSpan(at, end - at));
                var count = (int)Math.Min(decoder.DataLeft, end - at);
                if (count == 0)
                {
                    break;
                }

                body.Append(Encoding.Latin1.GetString(bytes, at, count));
                decoder.TookData(count);
                at += count;
            }
        }

        return decoder.IsEnd
            ? ($"{body}|{string.Join(',', trailers.Fields.Select(f => $"{f.Name}={f.Value}"))}", text[at..])
            : ("incomplete", text[at..]);
    }
}
