using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Hosting.Admin;

/// <summary>200 when ready, else 503 with what is missing: as text, or as JSON to those who ask for it.</summary>
public sealed class ReadinessHandler(Readiness readiness, Func<bool>? isDraining = null)
{
    public Task HandleAsync(HttpContext context)
    {
        var missing = readiness.Missing.Select(c => (c.Name, Reason: c.Missing ?? "")).ToList();
        if (isDraining?.Invoke() == true)
        {
            missing.Add(("drain", "the program is ending"));
        }

        context.Response.StatusCode = missing.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        if (context.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return PlainResponse.WriteAsync(context, "application/json", Json(missing));
        }

        return PlainResponse.WriteAsync(
            context, missing.Count == 0 ? "ready\n" : string.Concat(missing.Select(m => $"not ready: {m.Name}: {m.Reason}\n")));
    }

    private static byte[] Json(List<(string Name, string Reason)> missing)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteBoolean("ready", missing.Count == 0);
            json.WriteStartArray("missing");
            foreach (var (name, reason) in missing)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("reason", reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
