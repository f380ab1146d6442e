using Google.Protobuf;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>A resource as a proxy holds it: the bytes that came and what was read from them.</summary>
internal sealed record HeldResource(string Name, string Version, ByteString Body, object Model);
