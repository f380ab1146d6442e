using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

internal sealed class AuthorizeBody
{
    public string Target { get; private set; } = "";

    public string ClientCertUri { get; private set; } = "";

    public static JsonShape<AuthorizeBody> Shape { get; } = new JsonShape<AuthorizeBody>(() => new AuthorizeBody())
        .Add("Target", static (ref r, d, p) => d.Target = JsonValues.String(ref r, p))
        .Add("ClientCertURI", static (ref r, d, p) => d.ClientCertUri = JsonValues.String(ref r, p), "client_cert_uri")
        .Add("ClientCertSerial", static (ref r, _, p) => JsonValues.String(ref r, p), "client_cert_serial")
        .Ignore("Namespace", "Partition");
}
