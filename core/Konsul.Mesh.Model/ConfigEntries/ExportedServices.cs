using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Which services others may use; its only name is "default".</summary>
public sealed record ExportedServices : ConfigEntry
{
    public const string KindWord = "exported-services";

    public override string Kind => KindWord;

    public ImmutableArray<ExportedService> Services { get; init => field = value.IsDefault ? [] : value; } = [];
}
