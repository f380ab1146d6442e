using Konsul.Mesh.Model.Catalog;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Mapping;

/// <summary>The two enumerations of protocols, kept apart so that neither side's numbers bind the other.</summary>
public static class ProtocolMapping
{
    public static Protocol ToWire(ServiceProtocol protocol) => protocol switch
    {
        ServiceProtocol.Tcp => Protocol.Tcp,
        ServiceProtocol.Http => Protocol.Http,
        ServiceProtocol.Http2 => Protocol.Http2,
        ServiceProtocol.Grpc => Protocol.Grpc,
        _ => Protocol.Auto,
    };

    /// <summary>False for a number that this version does not know.</summary>
    public static bool TryToModel(Protocol wire, out ServiceProtocol protocol)
    {
        protocol = wire switch
        {
            Protocol.Tcp => ServiceProtocol.Tcp,
            Protocol.Http => ServiceProtocol.Http,
            Protocol.Http2 => ServiceProtocol.Http2,
            Protocol.Grpc => ServiceProtocol.Grpc,
            _ => ServiceProtocol.Auto,
        };
        return wire is >= Protocol.Auto and <= Protocol.Grpc;
    }
}
