using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Tests.Http;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/v1/kv/a%2Fb?raw", "/v1/kv/a%2Fb", "raw")]
    [InlineData("/v1/kv/a", "/v1/kv/a", "")]
    [InlineData("/v1/kv/a?x=1?2", "/v1/kv/a", "x=1?2")]
    [InlineData("http://host:8500/v1/kv/a?raw", "/v1/kv/a", "raw")]
    [InlineData("http://host?raw", "/", "raw")]
    [InlineData("http://host", "/", "")]
    public void Parse_AnyForm_SplitsPathAndQuery(string raw, string path, string query)
    {
        var target = RequestTarget.Parse(raw);

        Assert.Equal(new RequestTarget(path, query), target);
    }

    [Theory]
    [InlineData("/v1/kv/a", "/v1/kv/a")]
    [InlineData("/v1/kv/a/", "/v1/kv/a/")]
    [InlineData("//v1//kv/a", "/v1/kv/a")]
    [InlineData("/v1/kv/./a", "/v1/kv/a")]
    [InlineData("/v1/kv/../status/leader", "/v1/status/leader")]
    [InlineData("/../../etc", "/etc")]
    [InlineData("/v1/kv/a/..", "/v1/kv/")]
    [InlineData("/v1/kv/a%2F%2Fb", "/v1/kv/a%2F%2Fb")]
    [InlineData("/", "/")]
    [InlineData("//", "/")]
    public void CleanPath_DotAndEmptySegments_AreRemoved(string path, string clean) => Assert.Equal(clean, new RequestTarget(path, "").CleanPath());

    [Theory]
    [InlineData("a%2Fb", false, "a/b")]
    [InlineData("a+b", false, "a+b")]
    [InlineData("a+b", true, "a b")]
    [InlineData("gr%C3%BC%C3%9Fe", false, "grüße")]
    [InlineData("grüße", false, "grüße")]
    [InlineData("a%2", false, null)]
    [InlineData("a%zz", false, null)]
    [InlineData("%FF", false, null)]
    [InlineData("a%00b", false, null)]
    [InlineData("a%0Ab", false, null)]
    public void Decode_Escapes_AreUndoneOrRefused(string text, bool plusIsSpace, string? expected) =>
        Assert.Equal(expected, RequestTarget.Decode(text, plusIsSpace, printable: true));

    [Fact]
    public void Decode_ControlCharacterInQuery_IsKept() => Assert.Equal("a\nb", RequestTarget.Decode("a%0Ab", plusIsSpace: true, printable: false));
}
