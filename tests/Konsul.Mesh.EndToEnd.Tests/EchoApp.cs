using System.Net.WebSockets;
using Konsul.Mesh.TestKit.Apps;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>An app that shows what reached it.</summary>
internal static class EchoApp
{
    public static Task<FakeApp> StartAsync(string name) => FakeApp.StartAsync(context => HandleAsync(name, context));

    private static Task HandleAsync(string name, HttpContext context) => context.Request.Path.Value switch
    {
        "/echo" => context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted),
        "/stream" => StreamAsync(context),
        "/headers" => context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Select(h => $"{h.Key}: {h.Value}"))),
        "/ws" => WebSocketAsync(context),
        _ => context.Response.WriteAsync(name),
    };

    private static async Task StreamAsync(HttpContext context)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await timer.WaitForNextTickAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync("tick\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task WebSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
        {
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
