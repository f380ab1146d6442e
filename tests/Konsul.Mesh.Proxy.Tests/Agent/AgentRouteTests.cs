using Konsul.Mesh.Proxy.Agent;

namespace Konsul.Mesh.Proxy.Tests.Agent;

public sealed class AgentRouteTests
{
    [Theory]
    [InlineData("GET", "/v1/agent/self", "GET /v1/agent/self")]
    [InlineData("PUT", "/v1/kv/a%2Fb?cas=1", "PUT /v1/kv/a%2Fb?cas=1")]
    [InlineData("GET", "/v1/kv/?recurse", "GET /v1/kv/?recurse")]
    [InlineData("GET", "/v1/health/service/api?passing&index=3&wait=10s", "GET /v1/health/service/api?passing&index=3&wait=10s")]
    [InlineData("GET", "/v1/kv/a..b", "GET /v1/kv/a..b")]
    [InlineData("POST", "/register", "PUT /v1/agent/service/register")]
    [InlineData("PUT", "/register?x=1", "PUT /v1/agent/service/register?x=1")]
    [InlineData("DELETE", "/deregister/a%2Fb", "PUT /v1/agent/service/deregister/a%2Fb")]
    [InlineData("PUT", "/deregister/a", "PUT /v1/agent/service/deregister/a")]
    [InlineData("GET", "/services", "GET /v1/agent/services")]
    [InlineData("DELETE", "/kv/a/b", "DELETE /v1/kv/a/b")]
    public void TryMatch_Offered_GivesTheServersRequest(string method, string target, string expected)
    {
        Assert.True(AgentRoute.TryMatch(method, target, out var route));

        Assert.Equal(expected, $"{route.Value.Method} {route.Value.RawTarget}");
        Assert.Equal(target.StartsWith("/register", StringComparison.Ordinal), route.Value.IsShortRegistration);
    }

    [Theory]
    [InlineData("GET", "/v1/acl/tokens")]
    [InlineData("PUT", "/v1/operator/raft/configuration")]
    [InlineData("GET", "/v1/snapshot")]
    [InlineData("GET", "/v1/agent/../acl/tokens")]
    [InlineData("GET", "/v1/agent/%2e%2E/acl/tokens")]
    [InlineData("GET", "/v1/agent/.%2e/acl/tokens")]
    [InlineData("GET", "/v1/kv/a\\..\\b")]
    [InlineData("GET", "http://elsewhere/v1/kv/a")]
    [InlineData("GET", "//v1/kv/a")]
    [InlineData("DELETE", "/deregister/")]
    [InlineData("GET", "/register")]
    [InlineData("GET", "/konsul.mesh.v1.Certificates/Sign")]
    [InlineData("GET", "*")]
    [InlineData("GET", "")]
    public void TryMatch_NotOffered_IsRefused(string method, string target) => Assert.False(AgentRoute.TryMatch(method, target, out _));
}
