using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Konsul.Mesh.Server.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Konsul.Mesh.Server.Http;

/// <summary>One request on its way through a handler: what was asked, and the few ways in which Consul's API answers.</summary>
internal sealed class ApiContext(HttpContext http, ApiRoute route, string parameter, QueryParameters query)
{
    private const string JsonType = "application/json";
    private const string TextType = "text/plain; charset=utf-8";

    // Bodies are one segment up to here; beyond, the buffer grows only as bytes really come.
    private const int FirstChunk = 16 * 1024;

    private ReadOptions? _read;

    public HttpContext Http { get; } = http;

    public ApiRoute Route { get; } = route;

    /// <summary>What followed a prefix route, decoded.</summary>
    public string Parameter { get; } = parameter;

    public QueryParameters Query { get; } = query;

    /// <summary>Empty for the default one.</summary>
    public string Namespace { get; init; } = "";

    public CancellationToken Aborted => Http.RequestAborted;

    public ReadOptions Read => _read ??= ReadOptions.Parse(Query);

    /// <summary>How old what this server knows may be: zero after asking the leader, null where nobody leads.</summary>
    public TimeSpan? LeaderAge { get; set; } = TimeSpan.Zero;

    /// <summary>True once the request waited for a change.</summary>
    public bool Blocked { get; set; }

    /// <summary>The headers of a read. An index is never below 1: clients take 0 for "do not block" and would spin.</summary>
    public void SetReadHeaders(ulong index)
    {
        var headers = Http.Response.Headers;
        headers["X-Consul-Index"] = Math.Max(index, 1).ToString(CultureInfo.InvariantCulture);
        headers["X-Consul-KnownLeader"] = LeaderAge is null ? "false" : "true";
        headers["X-Consul-LastContact"] = ((long)(LeaderAge?.TotalMilliseconds ?? 0)).ToString(CultureInfo.InvariantCulture);
        headers["X-Consul-Effective-Consistency"] = Read.Consistency;
    }

    public Task JsonAsync(Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK) => JsonAsync(Render(write), status);

    /// <summary>Answers with JSON that is written already, see <see cref="Render"/>.</summary>
    public Task JsonAsync(ReadOnlyMemory<byte> json, int status = StatusCodes.Status200OK)
    {
        Http.Response.Headers.Vary = "Accept-Encoding";
        return BodyCompression.SendAsync(Http, status, JsonType, json);
    }

    /// <summary>JSON as this request wants it: indented for <c>?pretty</c>.</summary>
    public ReadOnlyMemory<byte> Render(Action<Utf8JsonWriter> write)
    {
        var pretty = Query.Has("pretty");
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, pretty ? JsonOutput.Pretty : JsonOutput.Compact))
        {
            write(writer);
        }

        if (pretty)
            buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    public Task BoolAsync(bool value) => JsonAsync(w => w.WriteBooleanValue(value));

    public Task TextAsync(int status, string text) => BytesAsync(status, TextType, Encoding.UTF8.GetBytes(text));

    /// <summary>A 200 without a body. Go clients insist on exactly that, so it never becomes a 204.</summary>
    public Task EmptyAsync(int status = StatusCodes.Status200OK) => BytesAsync(status, null, ReadOnlyMemory<byte>.Empty);

    public async Task BytesAsync(int status, string? contentType, ReadOnlyMemory<byte> body)
    {
        var response = Http.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (!body.IsEmpty)
            await response.Body.WriteAsync(body, Aborted).ConfigureAwait(false);
    }

    public async Task<T> DecodeAsync<T>(JsonShape<T> shape)
        where T : class
    {
        var body = await BodyAsync().ConfigureAwait(false);
        return shape.Decode(body.Span);
    }

    /// <summary>The whole body, at most the route's limit. Refused by its announced length before a byte is read where there is one.</summary>
    public async Task<ReadOnlyMemory<byte>> BodyAsync()
    {
        if (Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        var length = Http.Request.ContentLength;
        if (length > Route.MaxBody)
            throw TooLarge(length.Value);

        var body = new ArrayBufferWriter<byte>(length is > 0 ? (int)length.Value : FirstChunk);
        var stream = Http.Request.Body;
        while (true)
        {
            var read = await stream.ReadAsync(body.GetMemory(1), Aborted).ConfigureAwait(false);
            if (read == 0)
                return body.WrittenMemory;
            body.Advance(read);
            if (body.WrittenCount > Route.MaxBody)
                throw TooLarge(body.WrittenCount);
        }
    }

    private ApiException TooLarge(long bytes) => new(
        StatusCodes.Status413PayloadTooLarge,
        $"Request body({bytes} bytes) too large, max size: {Route.MaxBody} bytes. See the documentation of the limits of the HTTP API.");
}
