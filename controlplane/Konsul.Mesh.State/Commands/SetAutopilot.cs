using Konsul.Mesh.State.Cluster;

namespace Konsul.Mesh.State.Commands;

public sealed record SetAutopilot : Command
{
    public required AutopilotConfig Config { get; init; }

    /// <summary>Write only if the configuration's ModifyIndex is this; null writes in any case.</summary>
    public ulong? Cas { get; init; }
}
