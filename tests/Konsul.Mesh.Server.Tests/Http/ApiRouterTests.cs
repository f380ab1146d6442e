using Konsul.Mesh.Server.Http;

namespace Konsul.Mesh.Server.Tests.Http;

public sealed class ApiRouterTests
{
    private readonly ApiRouter _router = new(
    [
        new ApiRoute("/v1/agent/service/"),
        new ApiRoute("/v1/agent/service/register"),
        new ApiRoute("/v1/agent/service/deregister/"),
        new ApiRoute("/v1/agent/services"),
        new ApiRoute("/v1/kv/"),
    ]);

    [Theory]
    [InlineData("/v1/agent/services", "/v1/agent/services", "")]
    [InlineData("/v1/agent/service/register", "/v1/agent/service/register", "")]
    [InlineData("/v1/agent/service/registers", "/v1/agent/service/", "registers")]
    [InlineData("/v1/agent/service/deregister/a/b", "/v1/agent/service/deregister/", "a/b")]
    [InlineData("/v1/kv/", "/v1/kv/", "")]
    [InlineData("/v1/kv/a%2Fb/c/", "/v1/kv/", "a%2Fb/c/")]
    public void TryMatch_KnownPath_FindsExactThenLongestPrefix(string path, string pattern, string rest)
    {
        Assert.True(_router.TryMatch(path, out var route, out var found));

        Assert.Equal((pattern, rest), (route.Pattern, found));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/kv")]
    [InlineData("/v2/kv/a")]
    public void TryMatch_UnknownPath_FindsNothing(string path) => Assert.False(_router.TryMatch(path, out _, out _));

    [Fact]
    public void TryMatch_ThousandsOfSlashes_FindsNothing() => Assert.False(_router.TryMatch(new string('/', 30_000), out _, out _));

    [Theory]
    [InlineData("/v1/kv", true)]
    [InlineData("/v1/agent/services", false)]
    public void WantsSlash_PrefixWithoutItsSlash_IsTrue(string path, bool wants) => Assert.Equal(wants, _router.WantsSlash(path));
}
