using Konsul.Mesh.Discovery.Translation;
using Konsul.Mesh.State;
using Microsoft.Extensions.Logging;

namespace Konsul.Mesh.Discovery.Streams;

/// <summary>What all streams of a server share.</summary>
internal sealed record StreamContext(
    StateStore Store, DiscoveryOptions Options, ResourceCache Cache, DiscoveryMeter Meter, TimeProvider Time, ILogger Log);
