namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Of least_request.</summary>
public sealed record LeastRequestConfig
{
    /// <summary>How many instances are compared; 0 for 2.</summary>
    public int ChoiceCount { get; init; }
}
