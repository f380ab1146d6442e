using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

internal sealed class CheckUpdateBody
{
    public string Status { get; private set; } = "";

    public string Output { get; private set; } = "";

    public static JsonShape<CheckUpdateBody> Shape { get; } = new JsonShape<CheckUpdateBody>(() => new CheckUpdateBody())
        .Add("Status", static (ref r, d, p) => d.Status = JsonValues.String(ref r, p))
        .Add("Output", static (ref r, d, p) => d.Output = JsonValues.String(ref r, p));
}
