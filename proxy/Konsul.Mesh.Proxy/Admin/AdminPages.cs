using System.Text.Json;
using Konsul.Mesh.Hosting.Admin;
using Konsul.Mesh.Model.Identity;
using Konsul.Mesh.Proxy.Core;
using Konsul.Mesh.Wire.Streaming;
using Microsoft.AspNetCore.Http;

namespace Konsul.Mesh.Proxy.Admin;

/// <summary>The pages that only a proxy has.</summary>
internal static class AdminPages
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,

        // The pages are JSON for people and scripts, never HTML: a PEM text keeps its plus signs.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Map(AdminEndpoint admin, ProxyEngine engine, Func<DiscoveryState> discovery, IIdentitySource identity, TimeProvider time)
    {
        admin.MapGet("/config_dump", context => context.Response.WriteAsJsonAsync(ConfigDump.Create(engine.Current, discovery()), Json));
        admin.MapGet("/certs", context => context.Response.WriteAsJsonAsync(CertsPage.Create(identity.Current, time.GetUtcNow()), Json));
        admin.MapGet("/clusters", context =>
        {
            var description = engine.Describe();
            var wantsJson = context.Request.Query["format"] == "json"
                || context.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase);
            if (wantsJson)
            {
                return context.Response.WriteAsJsonAsync(description.Clusters, Json);
            }

            context.Response.ContentType = "text/plain; charset=utf-8";
            return context.Response.WriteAsync(ClustersPage.Text(description));
        });
    }
}
