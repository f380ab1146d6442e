namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>How a path is brought to one form before permissions on paths are judged.</summary>
public sealed record RequestNormalization
{
    public bool InsecureDisablePathNormalization { get; init; }

    public bool MergeSlashes { get; init; }

    /// <summary>
    /// Empty, IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED, REJECT_REQUEST, UNESCAPE_AND_REDIRECT or UNESCAPE_AND_FORWARD.
    /// </summary>
    public string PathWithEscapedSlashesAction { get; init => field = value ?? ""; } = "";

    /// <summary>Empty, ALLOW, REJECT_REQUEST or DROP_HEADER.</summary>
    public string HeadersWithUnderscoresAction { get; init => field = value ?? ""; } = "";
}
