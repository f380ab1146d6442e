using Google.Protobuf;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Mapping;

public static class ListenerMapping
{
    public static Listener ToWire(InboundListener listener, string service) => new()
    {
        Address = listener.Address,
        Port = (uint)listener.Port,
        Protocol = ProtocolMapping.ToWire(listener.Protocol),
        Inbound = new Listener.Types.Inbound
        {
            Service = service,
            LocalAddress = listener.LocalAddress,
            LocalPort = (uint)listener.LocalPort,
        },
    };

    public static Listener ToWire(OutboundListener listener) => new()
    {
        Address = listener.Address,
        Port = (uint)listener.Port,
        Protocol = ProtocolMapping.ToWire(listener.Protocol),
        Outbound = new Listener.Types.Outbound { Cluster = listener.Cluster },
    };

    /// <summary>Null when <paramref name="listener"/> is set, else what is wrong.</summary>
    public static string? TryRead(string name, ByteString body, out ListenerResource? listener)
    {
        listener = null;
        var fields = new ResourceFields(ResourceType.Listener, name);
        if (!fields.TryParse(Listener.Parser, body, out var wire))
        {
            return fields.Error;
        }

        var isInbound = wire.SideCase == Listener.SideOneofCase.Inbound;
        if (wire.SideCase == Listener.SideOneofCase.None || isInbound != (name == ResourceNames.Inbound))
        {
            fields.Fail("side", "must be inbound exactly for the listener named \"inbound\", else outbound");
            return fields.Error;
        }

        var read = isInbound ? ReadInbound(fields, wire) : ReadOutbound(fields, name, wire);
        listener = fields.Good ? read : null;
        return fields.Error;
    }

    private static ListenerResource ReadInbound(ResourceFields fields, Listener wire)
    {
        var service = fields.Name("inbound.service", wire.Inbound.Service);
        var inbound = new InboundListener
        {
            Address = fields.Text("address", wire.Address),
            Port = fields.Port("port", wire.Port),
            Protocol = fields.Protocol(wire.Protocol),
            LocalAddress = fields.Text("inbound.local_address", wire.Inbound.LocalAddress),
            LocalPort = fields.Port("inbound.local_port", wire.Inbound.LocalPort),
        };
        return new ListenerResource(inbound, null, service);
    }

    private static ListenerResource ReadOutbound(ResourceFields fields, string name, Listener wire)
    {
        var outbound = new OutboundListener
        {
            Name = name,
            Address = fields.Text("address", wire.Address),
            Port = fields.Port("port", wire.Port),
            Protocol = fields.Protocol(wire.Protocol),
            Cluster = fields.Text("outbound.cluster", wire.Outbound.Cluster),
        };
        return new ListenerResource(null, outbound, "");
    }
}
