namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Some of a service's instances.</summary>
public sealed record ServiceSubset
{
    /// <summary>An expression over the shape of a health entry, such as <c>Service.Meta.version == v1</c>; empty takes all.</summary>
    public string Filter { get; init => field = value ?? ""; } = "";

    /// <summary>Leave out instances with warnings too.</summary>
    public bool OnlyPassing { get; init; }
}
