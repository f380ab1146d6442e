using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Konsul.Mesh.Cli.Tests;

/// <summary>Answers what it was told to, by method and raw target, and remembers what it was asked.</summary>
public sealed class FakeServer : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Request, byte[] Body, string Token, string Namespace)> _requests = new();
    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);
    private WebApplication? _app;

    public string Address => _app!.Urls.First();

    public IReadOnlyList<string> Requests => [.. _requests.Select(r => r.Request)];

    public string LastBody => Encoding.UTF8.GetString(LastBytes);

    public byte[] LastBytes => _requests.Last().Body;

    public IReadOnlyList<byte[]> Bodies => [.. _requests.Select(r => r.Body)];

    public IReadOnlyList<string> Namespaces => [.. _requests.Select(r => r.Namespace)];

    public string LastToken => _requests.Last().Token;

    /// <param name="request">For example <c>GET /v1/kv/a?keys</c>.</param>
    public FakeServer On(string request, string body, int status = 200) => On(request, Encoding.UTF8.GetBytes(body), status);

    public FakeServer On(string request, byte[] body, int status = 200)
    {
        _answers[request] = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.Body.WriteAsync(body).AsTask();
        };
        return this;
    }

    /// <summary>Ends the connection behind the body, before the answer's end.</summary>
    public void OnCut(string request, byte[] body) => _answers[request] = async context =>
    {
        context.Response.ContentLength = body.Length + 1;
        await context.Response.Body.WriteAsync(body);
        await context.Response.Body.FlushAsync();
        context.Abort();
    };

    /// <summary>Refuses before it reads the body.</summary>
    public void OnRefuse(string request, string body, int status)
    {
        On(request, body, status);
        _refused.TryAdd(request, true);
    }

    public void OnHang(string request) =>
        _answers[request] = context => Task.Delay(Timeout.Infinite, context.RequestAborted);

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync(new CancellationToken(canceled: true));
            await _app.DisposeAsync();
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = $"{context.Request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget}";
        using var body = new MemoryStream();
        if (!_refused.ContainsKey(request))
        {
            await context.Request.Body.CopyToAsync(body);
        }

        _requests.Enqueue((request, body.ToArray(), context.Request.Headers["X-Consul-Token"].ToString(), context.Request.Headers["X-Consul-Namespace"].ToString()));
        if (_answers.TryGetValue(request, out var answer))
        {
            await answer(context);
            return;
        }

        context.Response.StatusCode = 404;
    }
}
