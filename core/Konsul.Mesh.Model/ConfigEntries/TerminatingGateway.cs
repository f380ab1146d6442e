using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries.Parts;

namespace Konsul.Mesh.Model.ConfigEntries;

/// <summary>Services outside of the mesh that a gateway leads to.</summary>
public sealed record TerminatingGateway : ConfigEntry
{
    public const string KindWord = "terminating-gateway";

    public override string Kind => KindWord;

    public ImmutableArray<LinkedService> Services { get; init => field = value.IsDefault ? [] : value; } = [];
}
