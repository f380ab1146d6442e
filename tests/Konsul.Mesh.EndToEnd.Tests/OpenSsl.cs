using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Konsul.Mesh.TestKit.Processes;

namespace Konsul.Mesh.EndToEnd.Tests;

/// <summary>The openssl program as an outside opinion on what a listener does.</summary>
internal static class OpenSsl
{
    public static bool IsInstalled => Programs.Find("openssl") is not null;

    /// <summary>Speaks one HTTP/1.1 request over <c>openssl s_client</c> and returns all it printed.</summary>
    public static async Task<string> ClientAsync(int port, params string[] options)
    {
        var script = $"(printf 'GET / HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\n\\r\\n'; sleep 2) | timeout 10 openssl s_client -connect 127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)} -alpn http/1.1 {string.Join(' ', options)} 2>&1";
        await using var process = ProgramProcess.Start("openssl", "/bin/sh", ["-c", script]);
        await process.WaitForExitAsync();
        return process.Output;
    }

    /// <summary>Writes the service's leaf, its key and the roots into the mesh's folder and returns options that present them.</summary>
    public static async Task<string[]> LeafAsync(MeshHarness mesh, string service)
    {
        var leaf = await mesh.Server.Http.GetFromJsonAsync<JsonElement>($"/v1/agent/connect/ca/leaf/{service}");
        var roots = await mesh.Server.Http.GetFromJsonAsync<JsonElement>("/v1/connect/ca/roots");
        var (certificate, key, root) = (Path.Combine(mesh.Folder, $"{service}.crt"), Path.Combine(mesh.Folder, $"{service}.key"), Path.Combine(mesh.Folder, "root.crt"));
        await File.WriteAllTextAsync(certificate, leaf.GetProperty("CertPEM").GetString());
        await File.WriteAllTextAsync(key, leaf.GetProperty("PrivateKeyPEM").GetString());
        await File.WriteAllTextAsync(root, roots.GetProperty("Roots")[0].GetProperty("RootCert").GetString());
        return ["-cert", certificate, "-key", key, "-CAfile", root, "-verify_return_error"];
    }
}
