using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Server.Http;

/// <summary>gzip for answers that are worth it and clients that want it (RFC 9110 section 12.5.3).</summary>
internal static class BodyCompression
{
    /// <summary>About one TCP segment; below it nothing is won.</summary>
    public const int Threshold = 1400;

    public static async Task SendAsync(HttpContext http, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        if (body.Length >= Threshold && Accepts(http.Request.Headers.AcceptEncoding.ToString()))
        {
            using var packed = new MemoryStream(body.Length / 4);
            await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                await gzip.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
            }

            response.Headers.ContentEncoding = "gzip";
            body = packed.GetBuffer().AsMemory(0, (int)packed.Length);
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>True when gzip (or *) is listed and not with a weight of zero.</summary>
    public static bool Accepts(string acceptEncoding)
    {
        foreach (var range in acceptEncoding.AsSpan().Split(','))
        {
            var item = acceptEncoding.AsSpan()[range].Trim();
            var semicolon = item.IndexOf(';');
            var name = (semicolon < 0 ? item : item[..semicolon]).Trim();
            if (name is not "*" && !name.Equals("gzip", StringComparison.OrdinalIgnoreCase))
                continue;
            var weight = semicolon < 0 ? [] : item[(semicolon + 1)..].Trim();
            return weight is not ("q=0" or "q=0.0" or "q=0.00" or "q=0.000");
        }

        return false;
    }
}
