using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Spreads the requests to a service over subsets and services by weight.</summary>
public sealed record ServiceSplitter : ConfigEntry
{
    public const string KindWord = "service-splitter";

    public override string Kind => KindWord;

    public ImmutableArray<ServiceSplit> Splits { get; init => field = value.IsDefault ? [] : value; } = [];
}
