using Konsul.Mesh.Model.Snapshots;

namespace Konsul.Mesh.Wire.Mapping;

/// <summary>A listener as it came from the stream: exactly one of the two sides is set.</summary>
/// <param name="Service">The service that an inbound listener stands for; empty on an outbound one.</param>
public sealed record ListenerResource(InboundListener? Inbound, OutboundListener? Outbound, string Service);
