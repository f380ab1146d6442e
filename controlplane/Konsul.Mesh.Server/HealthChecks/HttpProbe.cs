using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Text;
using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

/// <summary>
/// 2xx is passing, 429 warning, all else critical. A redirect is followed on the same host and port only: a target must not be able to send
/// the server's requests to where it itself cannot reach (SSRF). Every look opens its own connection, as a client's first one would.
/// </summary>
internal sealed class HttpProbe : IProbe, IDisposable
{
    private const string UserAgent = "Consul Health Check";
    private const int MaxRedirects = 5;
    private readonly HttpMessageInvoker _verifying = new(Handler(new SslClientAuthenticationOptions()));
    private readonly HttpMessageInvoker _trusting = new(Handler(ProbeTls.TrustAny(new SslClientAuthenticationOptions())));

    public async Task<ProbeResult> RunAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        var definition = check.Definition;
        using var named = definition.TlsServerName.Length > 0 ? Named(definition) : null;
        var invoker = named ?? (definition.TlsSkipVerify ? _trusting : _verifying);
        try
        {
            return await RunAsync(invoker, definition, new Uri(definition.Http), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or FormatException or NotSupportedException)
        {
            return new ProbeResult(CheckStatus.Critical, $"{Method(definition)} {definition.Http}: {e.Message}");
        }
    }

    public void Dispose()
    {
        _verifying.Dispose();
        _trusting.Dispose();
    }

    private static async Task<ProbeResult> RunAsync(
        HttpMessageInvoker invoker, CheckDefinition definition, Uri uri, CancellationToken cancellationToken)
    {
        for (var hop = 0; ; hop++)
        {
            using var request = Request(definition, uri);
            using var response = await invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (!definition.DisableRedirects && (int)response.StatusCode is >= 301 and <= 308 and not 304 && response.Headers.Location is { } location && hop < MaxRedirects)
            {
                var next = new Uri(uri, location);
                if (next.Scheme == uri.Scheme && next.Host == uri.Host && next.Port == uri.Port)
                {
                    uri = next;
                    continue;
                }
            }

            var output = await ReadStartAsync(response, definition, cancellationToken).ConfigureAwait(false);
            var status = string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {response.ReasonPhrase}");
            return new ProbeResult(
                response.StatusCode switch
                {
                    >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => CheckStatus.Passing,
                    HttpStatusCode.TooManyRequests => CheckStatus.Warning,
                    _ => CheckStatus.Critical,
                },
                $"HTTP {Method(definition)} {definition.Http}: {status} Output: {output}");
        }
    }

    private static HttpRequestMessage Request(CheckDefinition definition, Uri uri)
    {
        var request = new HttpRequestMessage(new HttpMethod(Method(definition)), uri);
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", "text/plain, text/*, */*");
        if (definition.Body.Length > 0)
            request.Content = new StringContent(definition.Body);
        foreach (var (name, values) in definition.Header)
        {
            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.Host = values.FirstOrDefault();
            else
                Replace(request, name, values);
        }

        return request;
    }

    /// <summary>The registrant's header instead of ours; those that describe the body belong to the body.</summary>
    private static void Replace(HttpRequestMessage request, string name, IEnumerable<string> values)
    {
        if (request.Headers.NonValidated.Contains(name))
            request.Headers.Remove(name);
        if (!request.Headers.TryAddWithoutValidation(name, values) && request.Content is { } content)
        {
            content.Headers.Remove(name);
            content.Headers.TryAddWithoutValidation(name, values);
        }
    }

    private static async Task<string> ReadStartAsync(HttpResponseMessage response, CheckDefinition definition, CancellationToken cancellationToken)
    {
        var limit = definition.OutputMaxSize is > 0 and < CheckOutput.DefaultMaxBytes ? definition.OutputMaxSize : CheckOutput.DefaultMaxBytes;
        var buffer = new byte[limit];
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var read = await stream.ReadAtLeastAsync(buffer, limit, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private static string Method(CheckDefinition definition) => definition.Method.Length == 0 ? "GET" : definition.Method.ToUpperInvariant();

    private static HttpMessageInvoker Named(CheckDefinition definition) => new(Handler(ProbeTls.Options(definition, definition.TlsServerName)));

    private static SocketsHttpHandler Handler(SslClientAuthenticationOptions tls) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxResponseHeadersLength = 64,
        ActivityHeadersPropagator = null,
        SslOptions = tls,
    };
}
