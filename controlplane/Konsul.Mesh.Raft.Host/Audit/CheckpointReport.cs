using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Konsul.Mesh.Raft.Host.Audit;

/// <summary>What one server says of its state.</summary>
public sealed record CheckpointReport
{
    /// <summary>Checkpoints in one report; more are refused.</summary>
    public const int MaxCheckpoints = 128;

    /// <summary>Who says it; set by the one who asked, not believed from the wire.</summary>
    [JsonIgnore]
    public string Server { get; init; } = "";

    [JsonIgnore]
    public bool IsVoter { get; init; } = true;

    /// <summary>How its digests are made, the program's version among it; only reports of the same form are compared.</summary>
    public string Form { get; init; } = "";

    /// <summary>In no order.</summary>
    public ImmutableArray<StateCheckpoint> Checkpoints { get; init; } = [];

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, AuditJson.Default.CheckpointReport);

    /// <returns>Null for what is no report.</returns>
    public static CheckpointReport? Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var report = JsonSerializer.Deserialize(bytes, AuditJson.Default.CheckpointReport);
            return report is { Form: { Length: <= 256 }, Checkpoints: { IsDefault: false, Length: <= MaxCheckpoints } } ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(CheckpointReport))]
internal sealed partial class AuditJson : JsonSerializerContext;
