using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

internal sealed class RotationBody
{
    public bool ForceWithoutCrossSigning { get; private set; }

    public static JsonShape<RotationBody> Shape { get; } = new JsonShape<RotationBody>(() => new RotationBody())
        .Add("ForceWithoutCrossSigning", static (ref r, d, p) => d.ForceWithoutCrossSigning = JsonValues.Bool(ref r, p));
}
