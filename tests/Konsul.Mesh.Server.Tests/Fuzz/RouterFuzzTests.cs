using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Server.Tests.Functional;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Konsul.Mesh.Server.Tests.Fuzz;

/// <summary>
/// Any request target and body against the whole HTTP API of a real server, below the socket: every one is answered, none by "internal error", and the state
/// stays as small as it was made.
/// </summary>
public sealed class RouterFuzzTests
{
    /// <summary>Answers of these go on for ever, or end the server.</summary>
    private static readonly string[] Endless = ["/v1/agent/monitor", "/v1/agent/metrics/stream", "/v1/agent/leave", "/v1/snapshot"];

    private static readonly string[] Parts =
    [
        "/", "//", "/.", "/..", "/v1/", "agent", "catalog", "service", "node", "%2F", "%00", "%zz", "%C3%28", "%E2%80%A8", "+", " ", "?", "&", "=", "#", "a", "web", "é", "index=", "index=1",
        "wait=1ms", "wait=", "stale", "consistent", "cached", "filter=", "filter=Node==a", "filter=%22", "tag=a", "node-meta=a:b", "node-meta=a", "near=_agent", "near=x", "passing",
        "passing=x", "pretty", "dc=dc1", "dc=other", "ns=default", "ns=x", "token=x", "enable=true", "reason=x", "format=prometheus", "format=text", "recurse", "keys", "raw",
        "separator=/", "cas=1", "cas=x", "max_stale=1s", "merge-central-config", "18446744073709551616", "0",
    ];

    private static readonly string[] Bodies =
    [
        "", "{}", "[]", "null", "1", "\"x\"", "{\"Name\":\"f\"}", "{\"Node\":\"f\",\"Address\":\"10.0.0.1\"}", "{\"Node\":\"f\"}", "{\"Name\":", "{\"ID\":1}", "{\"Service\":{\"Service\":\"f\"}}",
        "{\"Check\":{\"TTL\":\"1h\"}}", "{\"name\":\"f\",\"check\":{\"interval\":\"1h\",\"http\":\"http://127.0.0.1:1\"}}", "{\"Token\":\"x\"}", "{\"Status\":\"passing\"}", "\u0000", "{\"a\":\"\\ud800\"}",
        "{\"Coord\":{\"Vec\":[1e999]}}", "{\"Node\":\"node-1\",\"Coord\":{\"Vec\":[1,2,3,4,5,6,7,8]}}",
    ];

    [Fact]
    public async Task Handle_AnyRequest_IsAnsweredWithoutAnInternalError()
    {
        await using var server = await TestServer.StartAsync();

        // A drained server lets nobody wait.
        await server.Parts.Drain.StartAsync(TimeSpan.FromHours(1));
        var middleware = server.Server.Api;
        var paths = middleware.Routes.Where(r => !Endless.Contains(r.Pattern)).Select(r => r.Pattern).ToArray();
        var target = Gen.Frequency(
            (3, Gen.Elements(paths).Zip(FuzzRuns.TextOf(Parts).Generator).Select(t => t.Item1 + t.Item2)),
            (1, FuzzRuns.TextOf(Parts).Generator));
        var request = Gen.Elements("GET", "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "WEIRD").Zip(target.Zip(Gen.Elements(Bodies)));

        Check.One(FuzzRuns.Config, Prop.ForAll(request.ToArbitrary(), r => Answer(middleware.InvokeAsync, r.Item1, r.Item2.Item1, r.Item2.Item2)));

        Assert.True(server.Server.Store.View.Catalog.NodeCount < 100);
        Assert.Equal(200, (int)(await server.GetAsync("/v1/agent/self")).Status);
    }

    private static bool Answer(RequestDelegate handle, string method, string target, string body)
    {
        if (Array.Exists(Endless, e => target.StartsWith(e, StringComparison.Ordinal)))
            return true;
        var http = new DefaultHttpContext();
        var answer = new MemoryStream();
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        http.Request.Method = method;
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        http.Request.ContentLength = http.Request.Body.Length;

        // Nothing waits, so this is over when it comes back, or soon after a write to the log.
        handle(http).GetAwaiter().GetResult();

        var text = Encoding.UTF8.GetString(answer.ToArray());
        return http.Response.StatusCode is >= 200 and < 600 && !text.StartsWith("Internal error", StringComparison.Ordinal)
            ? true
            : throw new InvalidOperationException($"{method} {target} {body}: {http.Response.StatusCode} {text}");
    }
}
