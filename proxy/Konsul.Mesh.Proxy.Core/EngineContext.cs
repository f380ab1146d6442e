using Konsul.Mesh.Model;
using Konsul.Mesh.Proxy.Core.Authorization;
using Konsul.Mesh.Proxy.Core.Identity;
using Konsul.Mesh.Telemetry.Families;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Proxy.Core;

/// <summary>What the parts of one engine share.</summary>
internal sealed record EngineContext(
    ProxyEngineOptions Options, TimeProvider Time, IRandom Random, ILogger Log, IdentityState Identity, Gatekeeper Gatekeeper, MeshMetrics Metrics);
