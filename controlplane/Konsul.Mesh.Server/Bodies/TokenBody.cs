using Konsul.Mesh.Server.Json;

namespace Konsul.Mesh.Server.Bodies;

internal sealed class TokenBody
{
    public string Token { get; private set; } = "";

    public static JsonShape<TokenBody> Shape { get; } = new JsonShape<TokenBody>(() => new TokenBody())
        .Add("Token", static (ref r, d, p) => d.Token = JsonValues.String(ref r, p));
}
