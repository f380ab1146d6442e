using System.Text;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Hosting.Admin;

/// <summary>Whole small bodies, with their length.</summary>
internal static class PlainResponse
{
    public static Task WriteAsync(HttpContext context, string text) => WriteAsync(context, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    public static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, text);
    }

    public static Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }
}
