// A plain HTTP service that calls another one at a fixed local address, the port on which its sidecar offers it.
//   dotnet run -- --port 9000 --api http://127.0.0.1:9191
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls($"http://127.0.0.1:{builder.Configuration["port"] ?? "9000"}");
var app = builder.Build();
using var api = new HttpClient { BaseAddress = new Uri(builder.Configuration["api"] ?? "http://127.0.0.1:9191") };

app.MapGet("/{**path}", async (HttpContext context, string? path, CancellationToken cancellation) =>
{
    HttpResponseMessage answer;
    try
    {
        answer = await api.GetAsync("/" + path, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }
    catch (HttpRequestException e)
    {
        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        await context.Response.WriteAsync($"web could not reach api: {e.Message}", CancellationToken.None);
        return;
    }

    using (answer)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, cancellation)) > 0;)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), cancellation);
                await context.Response.Body.FlushAsync(cancellation);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The connection to api was cut half-way: so is ours, or the caller would take half an answer for a whole one.
            context.Abort();
        }
    }
});

await app.RunAsync();
