using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Konsul.Mesh.Grpc.Tests;

/// <summary>Requests written byte by byte over plain HTTP (2 unless said otherwise), to say what no gRPC client would.</summary>
internal sealed class RawCalls(Uri server, Version? version = null) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public static byte[] Frame(IMessage message) => Frame(message.ToByteArray());

    public static byte[] Frame(byte[] payload, byte flag = 0)
    {
        var frame = new byte[5 + payload.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame, 5);
        return frame;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return output.ToArray();
    }

    public Task<Answer> UnaryAsync(byte[] body, params (string Key, string Value)[] headers) =>
        PostAsync("/konsul.mesh.test.Echo/Unary", "application/grpc", new ByteArrayContent(body), headers);

    public async Task<Answer> PostAsync(string path, string contentType, HttpContent content, params (string Key, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, path))
        {
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (key, value) in headers)
            request.Headers.TryAddWithoutValidation(key, value);
        using var response = await _http.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(20));
        var body = await response.Content.ReadAsByteArrayAsync();
        var trailersOnly = response.Headers.Contains("grpc-status");
        var trailers = trailersOnly ? response.Headers : response.TrailingHeaders;
        string? Value(string key) => trailers.TryGetValues(key, out var values) ? values.Single() : null;
        return new Answer(
            response.StatusCode,
            Value("grpc-status"),
            Value("grpc-message"),
            trailersOnly,
            body,
            response.Headers.TryGetValues("grpc-accept-encoding", out var encodings) ? encodings.Single() : null);
    }

    public void Dispose() => _http.Dispose();

    internal sealed record Answer(
        HttpStatusCode Http,
        string? Status,
        string? Message,
        bool TrailersOnly,
        byte[] Body,
        string? AcceptEncoding);
}
