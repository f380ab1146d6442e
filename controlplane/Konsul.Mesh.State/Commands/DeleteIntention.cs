namespace Konsul.Mesh.State.Commands;

/// <summary>By id, or by source and destination when <see cref="Id"/> is empty. None such is no error.</summary>
public sealed record DeleteIntention : Command
{
    public string Id { get; init; } = "";

    public string SourceName { get; init; } = "";

    public string DestinationName { get; init; } = "";
}
