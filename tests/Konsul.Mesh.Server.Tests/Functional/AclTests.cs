using System.Net;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class AclTests : IAsyncLifetime
{
    private const string Token = "s3cr3t";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(change: s => s with { ManagementToken = Token });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Send_NoToken_IsRefusedAsAnonymous()
    {
        var reply = await _server.PutAsync("/v1/kv/a", "x");

        Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
        Assert.Equal(
            "Permission denied: anonymous token lacks permission 'key:write' on \"a\". The anonymous token is used implicitly when a request does not specify a token.",
            reply.Text);
        Assert.Equal("deny", reply.Headers["X-Consul-Default-ACL-Policy"]);
    }

    [Theory]
    [InlineData("X-Consul-Token", Token, "", 200)]
    [InlineData("Authorization", "bearer " + Token, "", 200)]
    [InlineData("X-Ignored", "x", "?token=" + Token, 200)]
    [InlineData("X-Consul-Token", "wrong", "", 403)]
    [InlineData("X-Consul-Token", Token, "?token=wrong", 403)]
    public async Task Get_Token_IsTakenInConsulsOrder(string header, string value, string query, int status)
    {
        var reply = await _server.SendAsync("GET", $"/v1/catalog/nodes{query}", null, (header, value));

        Assert.Equal(status, (int)reply.Status);
        if (status == 403)
            Assert.Equal("ACL not found", reply.Text);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/v1/agent/metrics")]
    [InlineData("/v1/status/leader")]
    public async Task Get_Probe_NeedsNoToken(string path) => Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync(path)).Status);

    [Theory]
    [InlineData("/v1/agent/self")]
    [InlineData("/v1/connect/ca/roots")]
    [InlineData("/v1/agent/connect/ca/leaf/web")]
    [InlineData("/v1/mesh/proxies")]
    [InlineData("/v1/health/service/web")]
    public async Task Get_AllElse_NeedsIt(string path) => Assert.Equal(HttpStatusCode.Forbidden, (await _server.GetAsync(path)).Status);
}
