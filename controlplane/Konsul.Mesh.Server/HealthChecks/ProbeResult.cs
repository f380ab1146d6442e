using Konsul.Mesh.Model.Catalog;

namespace Konsul.Mesh.Server.HealthChecks;

internal readonly record struct ProbeResult(CheckStatus Status, string Output);
