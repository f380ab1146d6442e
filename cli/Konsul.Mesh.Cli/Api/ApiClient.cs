using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Konsul.Mesh.Cli.Output;

namespace Konsul.Mesh.Cli.Api;

/// <summary>Requests to one HTTP address; every failure comes out as the exit code and sentence it deserves.</summary>
internal sealed class ApiClient : IDisposable
{
    private const int MaxAnswer = 64 << 20;

    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly Settings _settings;
    private readonly CliEnvironment _environment;

    public ApiClient(Uri address, Settings settings, CliEnvironment environment)
    {
        _address = address;
        _settings = settings;
        _environment = environment;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswer,
        };
    }

    public Task<ApiResponse> GetAsync(string pathAndQuery, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, pathAndQuery, null, cancellation);

    public Task<ApiResponse> DeleteAsync(string pathAndQuery, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, pathAndQuery, null, cancellation);

    public Task<ApiResponse> PutAsync(string pathAndQuery, CancellationToken cancellation) => PutAsync(pathAndQuery, Array.Empty<byte>(), cancellation);

    public Task<ApiResponse> PutAsync(string pathAndQuery, byte[] body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, pathAndQuery, new ByteArrayContent(body), cancellation);

    public Task<ApiResponse> PutAsync(string pathAndQuery, JsonObject body, CancellationToken cancellation)
    {
        var content = new StringContent(body.ToJsonString());
        content.Headers.ContentType = new("application/json");
        return SendAsync(HttpMethod.Put, pathAndQuery, content, cancellation);
    }

    public Task<ApiResponse> PostAsync(string pathAndQuery, byte[] body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, pathAndQuery, new ByteArrayContent(body), cancellation);

    public Task<ApiResponse> PostAsync(string pathAndQuery, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, pathAndQuery, new ByteArrayContent([]), cancellation);

    /// <summary>Writes a good answer's body to <paramref name="destination"/>, block by block; the response then has none.</summary>
    /// <exception cref="IOException">The destination cannot be written.</exception>
    public Task<ApiResponse> DownloadAsync(string pathAndQuery, Stream destination, Action progress, CancellationToken cancellation) => SendAsync(
        HttpMethod.Get, pathAndQuery, null, cancellation,
        body => BlockCopy.RunAsync(body, destination, _ => Unreachable("the answer was cut off"), progress, cancellation));

    /// <summary>Sends a file block by block, once the server has agreed to take it.</summary>
    public Task<ApiResponse> UploadAsync(string pathAndQuery, FileStream file, Action progress, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, pathAndQuery, new FileContent(file, progress), cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<ApiResponse> SendAsync(
        HttpMethod method, string pathAndQuery, HttpContent? content, CancellationToken cancellation, Func<Stream, Task>? download = null)
    {
        // Keys may hold ".." and "%2F": the path must arrive as it was written.
        var exact = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(method, new Uri(_address.GetLeftPart(UriPartial.Authority) + pathAndQuery, exact))
        {
            Content = content,
        };
        if (_settings.Token is { } token)
        {
            request.Headers.Add("X-Consul-Token", token);
        }

        if (_settings.Namespace is { } ns)
        {
            request.Headers.Add("X-Consul-Namespace", ns);
        }

        // A refusal must come before the file: behind it, the connection may be gone.
        request.Headers.ExpectContinue = content is FileContent;
        try
        {
            using var response = await _http.SendAsync(
                request, download is null ? HttpCompletionOption.ResponseContentRead : HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (download is not null && response.IsSuccessStatusCode)
            {
                ShowIfVerbose(request, response, "a stream");
                await download(await response.Content.ReadAsStreamAsync(cancellation));
                return new ApiResponse(response.StatusCode, []);
            }

            await response.Content.LoadIntoBufferAsync(MaxAnswer, cancellation);
            var body = await response.Content.ReadAsByteArrayAsync(cancellation);
            ShowIfVerbose(request, response, string.Create(CultureInfo.InvariantCulture, $"{body.Length} bytes"));
            return Judge(new ApiResponse(response.StatusCode, body) { Index = IndexOf(response) });
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException socket)
        {
            throw Unreachable(socket.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : socket.Message);
        }
        catch (HttpRequestException e) when (e.HttpRequestError != HttpRequestError.ConfigurationLimitExceeded)
        {
            throw Unreachable((e.InnerException ?? e).Message);
        }
        catch (HttpRequestException)
        {
            throw new CliException(CliExit.Failed, string.Create(CultureInfo.InvariantCulture, $"the answer is larger than {MaxAnswer >> 20} MiB"));
        }
    }

    private static ulong IndexOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Consul-Index", out var values) && ulong.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : 0;

    private void ShowIfVerbose(HttpRequestMessage request, HttpResponseMessage response, string body)
    {
        if (_settings.Verbose)
        {
            Renderer.WriteText(_environment.Error, $"{request.Method} {request.RequestUri} -> {(int)response.StatusCode}, {body}\n");
        }
    }

    private CliException Unreachable(string why) =>
        new(CliExit.Unreachable, $"cannot reach {_address.GetLeftPart(UriPartial.Authority)}: {why.TrimEnd('.')}");

    private static ApiResponse Judge(ApiResponse response)
    {
        var status = (int)response.Status;
        if (response.Status is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            throw new CliException(CliExit.PermissionDenied, response.Text.Length > 0 ? Line(response.Text) : "permission denied");
        }

        if (status is (< 200 or >= 300) and not 404)
        {
            throw new CliException(
                CliExit.Failed,
                response.Text.Length > 0 ? Line(response.Text) : string.Create(CultureInfo.InvariantCulture, $"the server answered with status {status}"));
        }

        return response;
    }

    private static string Line(string text) =>
        string.Concat(text.ReplaceLineEndings(" ").Where(c => !char.IsControl(c)).Take(500));
}
