namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>A query parameter or cookie that carries the token.</summary>
public sealed record JwtLocationParameter
{
    public string Name { get; init => field = value ?? ""; } = "";
}
