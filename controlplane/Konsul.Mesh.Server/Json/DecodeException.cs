namespace Konsul.Mesh.Server.Json;

/// <summary>A body that cannot be taken; the message names the field and reads on after "Request decode failed: ".</summary>
internal sealed class DecodeException(string message) : Exception(message);
