namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>The verified claims as a header of the forwarded request.</summary>
public sealed record JwtForwarding
{
    public string HeaderName { get; init => field = value ?? ""; } = "";

    public bool PadForwardPayloadHeader { get; init; }
}
