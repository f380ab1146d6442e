using System.Collections.Immutable;
using Konsul.Mesh.Model.ConfigEntries;

namespace Konsul.Mesh.State.Commands;

/// <summary>
/// Writes an entry that keeps its own rules; refused when it breaks those that entries keep together. Equal apart from indexes: nothing changes.
/// </summary>
public sealed record SetConfigEntry : Command
{
    public required ConfigEntry Entry { get; init; }

    /// <summary>Write only if the entry's ModifyIndex is this, 0 for only if there is none; null writes in any case.</summary>
    public ulong? Cas { get; init; }

    /// <summary>Ids for the intentions that a <c>service-intentions</c> entry makes anew, one for each source.</summary>
    public ImmutableArray<string> Ids { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Creation and update time of those intentions.</summary>
    public DateTimeOffset At { get; init; }
}
