namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One place of a request; exactly one member is given.</summary>
public sealed record JwtLocation
{
    public JwtLocationHeader? Header { get; init; }

    public JwtLocationParameter? QueryParam { get; init; }

    public JwtLocationParameter? Cookie { get; init; }
}
