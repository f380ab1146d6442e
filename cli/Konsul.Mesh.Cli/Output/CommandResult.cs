using System.Text.Json.Nodes;

namespace Konsul.Mesh.Cli.Output;

/// <summary>What a verb found out; the exit code is part of it, and no format can change it.</summary>
internal sealed record CommandResult
{
    public int Code { get; init; } = CliExit.Ok;

    /// <summary>For json and yaml, with the API's field names.</summary>
    public JsonNode? Data { get; init; }

    /// <summary>For table and wide.</summary>
    public TableView? Table { get; init; }

    /// <summary>For table and wide instead of a table: bytes as they are.</summary>
    public ReadOnlyMemory<byte>? Raw { get; init; }

    /// <summary>For name: one per line.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>A closing line on standard error.</summary>
    public string? Message { get; init; }
}
