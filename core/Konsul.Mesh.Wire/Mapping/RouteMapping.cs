using Google.Protobuf;
using Konsul.Mesh.Wire.V1;
using Route = Konsul.Mesh.Model.Snapshots.Route;

namespace Konsul.Mesh.Wire.Mapping;

public static class RouteMapping
{
    public static V1.Route ToWire(Route route) => new() { Host = route.Host, Cluster = route.Cluster };

    /// <summary>Null when <paramref name="route"/> is set, else what is wrong.</summary>
    public static string? TryRead(string name, ByteString body, out Route? route)
    {
        route = null;
        var fields = new ResourceFields(ResourceType.Route, name);
        if (!fields.TryParse(V1.Route.Parser, body, out var wire))
        {
            return fields.Error;
        }

        if (wire.Host != name)
        {
            fields.Fail("host", "differs from the name");
        }

        if (wire.Host.Any(c => char.IsAsciiLetterUpper(c) || c <= ' ' || c == ':'))
        {
            fields.Fail("host", "must be lower case, without port and spaces");
        }

        var read = new Route(fields.Text("host", wire.Host), fields.Text("cluster", wire.Cluster));
        route = fields.Good ? read : null;
        return fields.Error;
    }
}
