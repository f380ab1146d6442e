namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>A header that carries the token.</summary>
public sealed record JwtLocationHeader
{
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Stands before the token, such as "Bearer ".</summary>
    public string ValuePrefix { get; init => field = value ?? ""; } = "";

    /// <summary>Leave the header in the forwarded request.</summary>
    public bool Forward { get; init; }
}
