using System.Text;
using Konsul.Mesh.Proxy.Core.Outbound;

namespace Konsul.Mesh.Proxy.Core.Tests.Outbound;

public sealed class ProtocolDetectorTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1", "Http1")]
    [InlineData("OPTIONS * HTTP/1.1", "Http1")]
    [InlineData("GET http://a/ HTTP/1.1", "Http1")]
    [InlineData("CONNECT a:443 HTT", "Http1")]
    [InlineData("PRI * HTTP/2.0\r\n", "Http2")]
    [InlineData("GET key\r\n", "Unknown")]
    [InlineData("*1\r\n$4\r\nPING\r\n", "Unknown")]
    [InlineData("EHLO me\r\n", "Unknown")]
    [InlineData("get / HTTP/1.1", "Unknown")]
    [InlineData("\u0016\u0003\u0001", "Unknown")]
    public void Classify_WithEnoughBytes_Decides(string bytes, string expected) =>
        Assert.Equal(Enum.Parse<DetectedProtocol>(expected), ProtocolDetector.Classify(Encoding.Latin1.GetBytes(bytes)));

    [Theory]
    [InlineData("G")]
    [InlineData("POST ")]
    [InlineData("DELETE")]
    [InlineData("P")]
    [InlineData("PRI * HTTP/2")]
    public void Classify_WithTheBeginningOfHttp_WaitsForMore(string bytes) =>
        Assert.Null(ProtocolDetector.Classify(Encoding.Latin1.GetBytes(bytes)));
}
