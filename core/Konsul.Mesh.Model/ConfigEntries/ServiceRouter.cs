using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>
/// Where requests to a service go, by what they ask for: the first route that matches decides, and what matches none goes to the
/// service itself.
/// </summary>
public sealed record ServiceRouter : ConfigEntry
{
    public const string KindWord = "service-router";

    public override string Kind => KindWord;

    public ImmutableArray<ServiceRoute> Routes { get; init => field = value.IsDefault ? [] : value; } = [];
}
