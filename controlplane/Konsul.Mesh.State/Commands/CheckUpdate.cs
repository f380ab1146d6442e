using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.State.Commands;

public sealed record CheckUpdate
{
    public required string Node { get; init; }

    public required string CheckId { get; init; }

    public required CheckStatus Status { get; init; }

    public string Output { get; init; } = "";
}
