using System.Text.Json;
using System.Text.Json.Nodes;

namespace Konsul.Mesh.Cli.Snapshots;

/// <summary>What <c>meta.json</c> says about a snapshot.</summary>
/// <param name="Id">Name of the snapshot.</param>
/// <param name=nameof(Index)>Of the last log entry in it.</param>
/// <param name=nameof(Term)>Of that entry.</param>
/// <param name=nameof(Version)>Of the program that made it.</param>
/// <param name=nameof(Size)>Bytes of the state.</param>
internal sealed record SnapshotMeta(string Id, ulong Index, ulong Term, string Version, long Size)
{
    /// <exception cref="InvalidDataException">A field is missing or of another type.</exception>
    public static SnapshotMeta Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var meta = document.RootElement;
            return new SnapshotMeta(
                meta.GetProperty("ID").GetString()!,
                meta.GetProperty(nameof(Index)).GetUInt64(),
                meta.GetProperty(nameof(Term)).GetUInt64(),
                // Consul writes a number here.
                meta.GetProperty(nameof(Version)) is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : meta.GetProperty(nameof(Version)).GetString()!,
                meta.GetProperty(nameof(Size)).GetInt64()) is { Id: not null, Version: not null } whole
                ? whole
                : throw new FormatException();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"{SnapshotArchive.Meta} does not tell ID, Index, Term, Version and Size");
        }
    }

    public JsonObject ToJson() => new() { ["ID"] = Id, [nameof(Index)] = Index, [nameof(Term)] = Term, [nameof(Version)] = Version, [nameof(Size)] = Size };
}
