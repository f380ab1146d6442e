namespace Konsul.Mesh.Model.Queries;

/// <summary>Makes one query answer for every name with a prefix.</summary>
public sealed record QueryTemplate
{
    public const string NamePrefixMatch = "name_prefix_match";

    /// <summary>Empty or <see cref="NamePrefixMatch"/>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>Matched against the whole name; its groups are <c>${match(n)}</c>.</summary>
    public string Regexp { get; init => field = value ?? ""; } = "";

    /// <summary>Tags that the template left empty are dropped.</summary>
    public bool RemoveEmptyTags { get; init; }
}
