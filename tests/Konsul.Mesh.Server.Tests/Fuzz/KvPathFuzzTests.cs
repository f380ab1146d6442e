using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Konsul.Mesh.Server.Tests.Functional;

namespace Konsul.Mesh.Server.Tests.Fuzz;

/// <summary>Whatever path and query a client makes up under /v1/kv, /v1/session and /v1/txn, a real server answers it, and never with an internal error.</summary>
public sealed class KvPathFuzzTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly UriCreationOptions Exact = new() { DangerousDisablePathAndQueryCanonicalization = true };

    [Fact]
    public async Task Request_AnyPathAndQuery_IsAnsweredByARule()
    {
        // FsCheck calls without waiting, so the inputs are made first.
        var inputs = new List<(string Method, string Target, string Body)>();
        Prop.ForAll<ushort[]>(numbers => inputs.Add(Input(new Choices(numbers)))).Check(Config.QuickThrowOnFailure.WithMaxTest(Choices.Runs).WithEndSize(60));

        await Parallel.ForEachAsync(inputs, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (input, cancellation) =>
        {
            var (method, target, body) = input;
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(shared.Server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority) + target, Exact))
            {
                Content = method == "PUT" ? new StringContent(body) : null,
            };
            using var response = await shared.Server.Client.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);

            Assert.False(text.StartsWith("Internal error", StringComparison.Ordinal), $"{method} {target}: {text}");
            Assert.True(
                response.StatusCode is HttpStatusCode.OK or HttpStatusCode.MovedPermanently or HttpStatusCode.BadRequest or HttpStatusCode.NotFound
                    or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Conflict or HttpStatusCode.InternalServerError,
                $"{method} {target}: {(int)response.StatusCode} {text}");
            Assert.True(response.StatusCode != HttpStatusCode.InternalServerError || Expected(text), $"{method} {target}: 500 {text}");
        });

        Assert.Equal(HttpStatusCode.OK, (await shared.Server.GetAsync("/v1/status/leader")).Status);
    }

    /// <summary>What Consul answers 500 with, and clients look for.</summary>
    private static bool Expected(string text) =>
        new[] { "invalid session", "missing session", "Invalid ", "Session TTL", "Missing node registration" }.Any(start => text.StartsWith(start, StringComparison.Ordinal));

    private static (string, string, string) Input(Choices c)
    {
        var path = c.Of("/v1/kv/", "/v1/kv/", "/v1/kv/", "/v1/kv", "/v1/session/info/", "/v1/session/renew/", "/v1/session/create", "/v1/session/list", "/v1/txn");
        var rest = c.Join(5, "", () => c.Of("a", "b", "/", "//", "..", ".", "%2F", "%2f", "%00", "%", "%zz", "%C3%BC", "%FF", "+", "%20", "~", ";", "lock", "é"));
        var query = c.Join(3, "&", () => c.Of(
            "recurse", "keys", "raw", "keys&separator=/", "separator=%00", "cas=0", "cas=1", "cas=x", "flags=7", "flags=-1", "acquire=x", "release=", "ttl=10s", "ttl=x",
            "versions", "version=1", "version=x", "rollback=1", "ns=team", "ns=%00", "ns=*", "stale", "consistent", "index=1&wait=1ms", "index=x", "pretty", "%zz", "=", "&&"));
        return (c.Of("GET", "PUT", "DELETE", "OPTIONS", "POST", "HEAD"), query.Length > 0 ? $"{path}{rest}?{query}" : path + rest, c.Of("", "v", "{}", "[]", """{"TTL":"1s"}"""));
    }
}
