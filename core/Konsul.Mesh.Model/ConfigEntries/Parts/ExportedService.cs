using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>One service and those who may use it.</summary>
public sealed record ExportedService
{
    /// <summary>"*" for all.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    public ImmutableArray<ServiceConsumer> Consumers { get; init => field = value.IsDefault ? [] : value; } = [];
}
