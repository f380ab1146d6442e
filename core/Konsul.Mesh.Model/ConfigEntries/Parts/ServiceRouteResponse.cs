using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>An answer given without asking the service.</summary>
public sealed record ServiceRouteResponse
{
    /// <summary>200 to 599.</summary>
    public int StatusCode { get; init; }

    public string Body { get; init => field = value ?? ""; } = "";

    public ImmutableSortedDictionary<string, string> Headers { get; init => field = value ?? field; } =
        ImmutableSortedDictionary<string, string>.Empty;
}
