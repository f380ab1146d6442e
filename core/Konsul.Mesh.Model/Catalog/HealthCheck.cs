using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Catalog;

/// <summary>A check and its last known status. Its key is (Node, CheckId); without a service id it is a check of the node.</summary>
public sealed record HealthCheck
{
    public required string Node { get; init; }

    public required string CheckId { get; init; }

    public required string Name { get; init; }

    public CheckStatus Status { get; init; } = CheckStatus.Critical;

    public string Notes { get; init; } = "";

    public string Output { get; init; } = "";

    public string ServiceId { get; init; } = "";

    public string ServiceName { get; init; } = "";

    public ImmutableArray<string> ServiceTags { get; init; } = [];

    /// <summary>http, tcp, udp, grpc, h2ping, script, ttl, alias, maintenance, sidecar, or empty.</summary>
    public string Type { get; init; } = "";

    public CheckDefinition Definition { get; init; } = new();

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
