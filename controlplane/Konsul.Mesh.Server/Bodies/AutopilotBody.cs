using Konsul.Mesh.Server.Json;
using Konsul.Mesh.State.Cluster;

namespace Konsul.Mesh.Server.Bodies;

internal sealed class AutopilotBody
{
    public AutopilotConfig Config { get; private set; } = new();

    public static JsonShape<AutopilotBody> Shape { get; } = new JsonShape<AutopilotBody>(() => new AutopilotBody())
        .Add("CleanupDeadServers", static (ref r, d, p) => d.Config = d.Config with { CleanupDeadServers = JsonValues.Bool(ref r, p) })
        .Add("LastContactThreshold", static (ref r, d, p) => d.Config = d.Config with { LastContactThreshold = JsonValues.Duration(ref r, p) })
        .Add("MaxTrailingLogs", static (ref r, d, p) => d.Config = d.Config with { MaxTrailingLogs = JsonValues.UInt64(ref r, p) })
        .Add("MinQuorum", static (ref r, d, p) => d.Config = d.Config with { MinQuorum = (uint)JsonValues.Count(ref r, p) })
        .Add("ServerStabilizationTime", static (ref r, d, p) => d.Config = d.Config with { ServerStabilizationTime = JsonValues.Duration(ref r, p) })
        .Ignore("RedundancyZoneTag", "DisableUpgradeMigration", "UpgradeVersionTag", "CreateIndex", "ModifyIndex");
}
