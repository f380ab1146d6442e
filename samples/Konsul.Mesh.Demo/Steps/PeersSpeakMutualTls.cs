using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Konsul.Mesh.Demo.Steps;

internal sealed class PeersSpeakMutualTls : IDemoStep
{
    public string Claim => "what crosses between the sidecars is TLS 1.3 with SPIFFE identities on both ends";

    public async Task<IReadOnlyList<string>> ProveAsync(DemoMesh mesh, CancellationToken cancellation)
    {
        // The callee's end: dial its inbound port as web would and look at what it presents.
        using var leaf = await LeafAsync(mesh, "web", cancellation);
        var probe = await TlsProbe.DialAsync(mesh.Sidecars["api-1"].Ports["inbound"], leaf);
        StepFailedException.Unless(probe.Accepted && probe.Protocol == "TLS 1.3", $"{probe.Protocol}: {probe.Outcome}");
        var server = TlsProbe.SpiffeIdOf(probe.Peer!);
        StepFailedException.Unless(server.StartsWith("spiffe://", StringComparison.Ordinal) && server.EndsWith("/svc/api", StringComparison.Ordinal), $"api presents {server}");

        // The caller's end: what the api app was told about who called it.
        using var seen = JsonDocument.Parse(await mesh.Web.GetStringAsync("/", cancellation));
        var caller = seen.RootElement.GetProperty("caller").GetString()!;
        StepFailedException.Unless(caller.Contains("URI=spiffe://", StringComparison.Ordinal) && caller.Contains("/svc/web", StringComparison.Ordinal), $"api saw caller \"{caller}\"");
        return [$"{probe.Protocol}, api is {server}", $"api saw {caller}"];
    }

    /// <summary>A certificate for <paramref name="service"/> from the built-in CA, as an app that speaks mTLS itself gets it.</summary>
    internal static async Task<X509Certificate2> LeafAsync(DemoMesh mesh, string service, CancellationToken cancellation)
    {
        var leaf = await mesh.Server.Http.GetFromJsonAsync<JsonElement>($"/v1/agent/connect/ca/leaf/{service}", cancellation);
        using var pem = X509Certificate2.CreateFromPem(leaf.GetProperty("CertPEM").GetString(), leaf.GetProperty("PrivateKeyPEM").GetString());
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }
}
