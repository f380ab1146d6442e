using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Konsul.Mesh.Server.Tests.Functional;

public sealed class RequestDisciplineTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private TestServer Server => shared.Server;

    [Theory]
    [InlineData("POST", "/v1/agent/services", 405, "method POST not allowed", "OPTIONS,GET")]
    [InlineData("HEAD", "/v1/catalog/nodes", 405, "", "OPTIONS,GET")]
    [InlineData("PATCH", "/v1/kv/a", 405, "method PATCH not allowed", "OPTIONS,GET,PUT,DELETE")]
    [InlineData("OPTIONS", "/v1/kv/a", 200, "", "OPTIONS,GET,PUT,DELETE")]
    public async Task Send_MethodOutsideTheList_IsAnsweredWithAllow(string method, string path, int status, string text, string allow)
    {
        var reply = await Server.SendAsync(method, path);

        Assert.Equal((status, text, allow), ((int)reply.Status, reply.Text, reply.Headers["Allow"].Replace(" ", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("/v1/nothing", 404, "Invalid URL path: not a recognized HTTP API endpoint\n")]
    [InlineData("/v1/kv/a%07b", 400, "Invalid URL path: a percent escape is broken or a character is not printable")]
    [InlineData("/v1/kv/?raw", 400, "Missing key name")]
    [InlineData("/v1/health/service/", 400, "Missing service name")]
    [InlineData("/v1/catalog/node/", 400, "Missing node name")]
    [InlineData("/v1/catalog/nodes?index=x", 400, "Invalid index")]
    [InlineData("/v1/catalog/nodes?wait=x", 400, "Invalid wait time")]
    [InlineData("/v1/catalog/nodes?stale&consistent", 400, "Cannot specify ?stale with ?consistent, conflicting semantics.")]
    [InlineData("/v1/catalog/nodes?dc=mars", 500, "No path to datacenter")]
    [InlineData("/v1/catalog/nodes?datacenter=mars&dc=dc1", 500, "No path to datacenter")]
    [InlineData("/v1/catalog/nodes?ns=team", 400, "Invalid query parameter: \"ns\" - Namespaces other than \"default\" do not exist here")]
    [InlineData("/v1/catalog/nodes?node-meta=x", 400, "Invalid node-meta \"x\": want key:value")]
    [InlineData("/v1/health/service/a?passing=maybe", 400, "Invalid value for ?passing")]
    [InlineData("/v1/health/state/fine", 400, "Invalid check state \"fine\": want any, passing, warning or critical")]
    [InlineData("/v1/agent/service/nope", 404, "unknown service ID: nope")]
    [InlineData("/v1/connect/intentions/exact?destination=a", 500, "required query parameter 'source' not set")]
    [InlineData("/v1/connect/intentions/exact?source=a&destination=b", 404, "Intention not found")]
    [InlineData("/v1/connect/intentions/match?by=moon&name=a", 500, "'by' parameter must be one of 'source' or 'destination'")]
    [InlineData("/v1/connect/intentions/match?by=source", 500, "required query parameter 'name' not set")]
    [InlineData("/v1/connect/intentions/not-a-uuid", 400, "Invalid intention ID \"not-a-uuid\": not a UUID")]
    public async Task Get_BadRequest_IsRefusedWithItsText(string path, int status, string text)
    {
        var reply = await Server.GetAsync(path);

        Assert.Equal((status, text), ((int)reply.Status, reply.Text));
        Assert.Equal("text/plain; charset=utf-8", reply.Headers["Content-Type"]);
    }

    [Theory]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a\",\"Prt\":1}", 400, "Request decode failed: unknown field \"Prt\"")]
    [InlineData("/v1/agent/service/register", "{", 400, "Request decode failed: invalid JSON at line 1, byte 1")]
    [InlineData("/v1/agent/service/register", "", 400, "Request decode failed: EOF")]
    [InlineData("/v1/agent/service/register", "{}", 400, "Missing service name")]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a b\"}", 400, "Invalid service name: Name \"a b\" may hold only letters, digits, '-', '_' and '.'")]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a\",\"Port\":70000}", 400, "Request decode failed: field \"Port\": 70000 is not a port (0 to 65535)")]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a\",\"Address\":\"0.0.0.0\"}", 400, "Invalid service address: Address must not be 0.0.0.0, nobody can connect to that")]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a\",\"Check\":{\"HTTP\":\"http://x\"}}", 400, "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or gRPC checks")]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a\",\"Check\":{\"TTL\":\"1s\",\"Interval\":\"1s\"}}", 400, "Invalid check: Interval and TTL cannot both be specified")]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a\",\"Check\":{\"OSService\":\"x\",\"Interval\":\"1s\"}}", 400, "Invalid check: OSService checks are not made here; use HTTP, TCP, UDP, gRPC, H2PING, Args, TTL or an alias")]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a\",\"Kind\":\"connect-proxy\",\"Port\":1}", 400, "Proxy.DestinationServiceName must be non-empty for Connect proxy services")]
    [InlineData("/v1/agent/service/register", "{\"Name\":\"a\",\"Connect\":{\"SidecarService\":{\"Proxy\":{\"Upstreams\":[{\"DestinationName\":\"b\"}]}}}}", 400, "Proxy.Upstreams[0].LocalBindPort must be set (1 to 65535)")]
    [InlineData("/v1/agent/service/deregister/nope", "", 404, "Unknown service ID \"nope\". Ensure that the service ID is passed, not the service name.")]
    [InlineData("/v1/agent/check/register", "{\"TTL\":\"1s\"}", 400, "Missing check name")]
    [InlineData("/v1/agent/check/pass/nope", "", 404, "Unknown check ID \"nope\". Ensure that the check ID is passed, not the check name.")]
    [InlineData("/v1/agent/check/pass/serfHealth", "", 500, "CheckID \"serfHealth\" does not have associated TTL")]
    [InlineData("/v1/agent/check/update/serfHealth", "{\"Status\":\"fine\"}", 400, "Invalid check status: 'fine'")]
    [InlineData("/v1/catalog/register", "{\"Node\":\"n\"}", 400, "Must provide node and address")]
    [InlineData("/v1/catalog/deregister", "{}", 400, "Must provide node")]
    [InlineData("/v1/connect/intentions/exact?source=a&destination=b", "{}", 400, "Action must be set to allow or deny")]
    [InlineData("/v1/connect/intentions/exact?source=a&destination=b", "{\"Action\":\"maybe\"}", 400, "Request decode failed: field \"Action\" wants allow or deny, got \"maybe\"")]
    [InlineData("/v1/kv/a?acquire=s&cas=1", "x", 400, "Conflicting flags: acquire and cas")]
    [InlineData("/v1/kv/a?flags=x", "x", 500, "Invalid flags value \"x\": not a number from 0 to 18446744073709551615")]
    public async Task Put_BadRequest_NamesTheFieldAndChangesNothing(string path, string body, int status, string text)
    {
        var before = Server.Server.StateIndex;

        var reply = await Server.PutAsync(path, body);

        Assert.Equal((status, text), ((int)reply.Status, reply.Text));
        Assert.Equal(before, Server.Server.StateIndex);
    }

    [Fact]
    public async Task Put_OversizeBody_IsRefusedWith413()
    {
        var reply = await Server.PutAsync("/v1/kv/big", new string('x', (512 * 1024) + 1));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.Status);
        Assert.StartsWith("Request body(524289 bytes) too large, max size: 524288 bytes. See ", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_OversizeChunkedBody_IsRefusedWith413()
    {
        using var content = new PushContent(2 * 1024 * 1024);
        using var response = await Server.Client.PutAsync("/v1/kv/big", content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData("GET //v1/status/leader HTTP/1.1", "/v1/status/leader")]
    [InlineData("GET /v1/kv/../status/leader?stale HTTP/1.1", "/v1/status/leader?stale")]
    [InlineData("GET /v1/kv HTTP/1.1", "/v1/kv/")]
    public async Task Get_UncleanPath_IsRedirected(string requestLine, string location)
    {
        var answer = await RawAsync($"{requestLine}\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 301", answer, StringComparison.Ordinal);
        Assert.Contains($"Location: {location}\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/kv/%zz")]
    [InlineData("/v1/kv/%ff")]
    [InlineData("/v1/kv/a?x=%zz")]
    public async Task Get_BrokenEscape_Is400(string target)
    {
        var answer = await RawAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("a percent escape is broken", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_GarbageBytes_EndsThatConnectionOnly()
    {
        var answer = await RawAsync("\u0016\u0003\u0001garbage\r\n\r\n\r\n");

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), answer);
        Assert.Equal(HttpStatusCode.OK, (await Server.GetAsync("/v1/status/leader")).Status);
    }

    [Fact]
    public async Task Get_Read_CarriesConsulsHeaders()
    {
        var reply = await Server.GetAsync("/v1/health/service/nobody?stale");

        Assert.Equal("[]", reply.Text);
        Assert.True(reply.Index >= 1);
        Assert.Equal(
            ("true", "0", "stale", "allow", "blocking-query", "application/json"),
            (reply.Headers["X-Consul-KnownLeader"], reply.Headers["X-Consul-LastContact"], reply.Headers["X-Consul-Effective-Consistency"],
             reply.Headers["X-Consul-Default-ACL-Policy"], reply.Headers["X-Consul-Query-Backend"], reply.Headers["Content-Type"]));
    }

    [Fact]
    public async Task Get_Pretty_IsIndentedByFourWithANewline()
    {
        var reply = await Server.GetAsync("/v1/catalog/datacenters?pretty");

        Assert.Equal("[\n    \"dc1\"\n]\n", reply.Text);
    }

    [Fact]
    public async Task Get_LongAnswerAcceptingGzip_IsCompressed()
    {
        await Server.MustPutAsync("/v1/kv/long", new string('a', 5000));

        var reply = await Server.SendAsync("GET", "/v1/kv/long", null, ("Accept-Encoding", "gzip"));

        Assert.Equal(("gzip", "Accept-Encoding"), (reply.Headers["Content-Encoding"], reply.Headers["Vary"]));
        using var plain = new StreamReader(new GZipStream(new MemoryStream(reply.Body), CompressionMode.Decompress));
        Assert.StartsWith("[{\"LockIndex\":0,\"Key\":\"long\"", await plain.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_AnyContentType_IsDecodedAsJson()
    {
        using var content = new StringContent("{\"name\":\"typed\"}", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await Server.Client.PutAsync("/v1/agent/service/register", content);

        Assert.Equal((HttpStatusCode.OK, 0L), (response.StatusCode, response.Content.Headers.ContentLength));
    }

    private async Task<string> RawAsync(string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Server.Server.HttpPort);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await reader.ReadToEndAsync(deadline.Token);
    }

    private sealed class PushContent(int bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var chunk = new byte[16 * 1024];
            for (var sent = 0; sent < bytes; sent += chunk.Length)
                await stream.WriteAsync(chunk);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
