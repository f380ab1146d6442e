// A plain HTTP service. It listens on loopback, speaks no TLS and knows nothing of the mesh.
//   dotnet run -- --port 9001 --name api-1
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var name = builder.Configuration["name"] ?? "api";
builder.WebHost.UseUrls($"http://127.0.0.1:{builder.Configuration["port"] ?? "9001"}");
var app = builder.Build();

// Who am I, and who does the mesh say is calling?
app.MapGet("/", (HttpRequest request) => new
{
    instance = name,
    caller = request.Headers["x-forwarded-client-cert"].ToString(),
});

// A response that never ends by itself: a line every 50 ms.
app.MapGet("/stream", async (HttpContext context, CancellationToken cancellation) =>
{
    using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
    for (var line = 1; await timer.WaitForNextTickAsync(cancellation); line++)
    {
        await context.Response.WriteAsync($"{name} {line}\n", cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
});

await app.RunAsync();
