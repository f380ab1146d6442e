using System.Collections.Immutable;

namespace Konsul.Mesh.Model.ConfigEntries.Parts;

/// <summary>Addresses outside of the mesh that a terminating gateway stands for.</summary>
public sealed record ServiceDestination
{
    /// <summary>Host names or IP addresses.</summary>
    public ImmutableArray<string> Addresses { get; init => field = value.IsDefault ? [] : value; } = [];

    public int Port { get; init; }
}
