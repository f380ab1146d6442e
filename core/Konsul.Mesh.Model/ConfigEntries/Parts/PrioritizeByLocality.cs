namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Whether near instances are preferred.</summary>
public sealed record PrioritizeByLocality
{
    /// <summary>Empty, none or failover.</summary>
    public string Mode { get; init => field = value ?? ""; } = "";
}
