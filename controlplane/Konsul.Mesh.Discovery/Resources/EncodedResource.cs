using Google.Protobuf;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Resources;

/// <summary>A resource serialised once; the same object, and so the same bytes, goes to every subscriber.</summary>
public sealed class EncodedResource
{
    public EncodedResource(ResourceType type, string name, IMessage body)
    {
        Type = type;
        var bytes = body.ToByteString();
        Wire = new Resource { Name = name, Version = ResourceVersion.Of(bytes.Span), Body = bytes };
    }

    public ResourceType Type { get; }

    public string Name => Wire.Name;

    public string Version => Wire.Version;

    /// <summary>Shared by all streams: never changed.</summary>
    internal Resource Wire { get; }
}
