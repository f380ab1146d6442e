using System.Collections.Immutable;
using Google.Protobuf;
using Konsul.Mesh.Wire.V1;
using Endpoint = Konsul.Mesh.Model.Snapshots.Endpoint;

namespace Konsul.Mesh.Wire.Mapping;

public static class EndpointsMapping
{
    public const int MaxWeight = 65535;

    public static Endpoints ToWire(IEnumerable<Endpoint> endpoints)
    {
        var wire = new Endpoints();
        wire.Endpoints_.AddRange(endpoints.Select(e =>
            new V1.Endpoint { Id = e.Id, Address = e.Address, Port = (uint)e.Port, Weight = (uint)e.Weight }));
        return wire;
    }

    /// <summary>Null when <paramref name="endpoints"/> is set, else what is wrong. An empty list is good: a service without instances.</summary>
    public static string? TryRead(string name, ByteString body, out ImmutableArray<Endpoint> endpoints)
    {
        endpoints = [];
        var fields = new ResourceFields(ResourceType.Endpoints, name);
        if (!fields.TryParse(Endpoints.Parser, body, out var wire))
        {
            return fields.Error;
        }

        var read = ImmutableArray.CreateBuilder<Endpoint>(wire.Endpoints_.Count);
        var ids = new HashSet<string>(wire.Endpoints_.Count, StringComparer.Ordinal);
        foreach (var endpoint in wire.Endpoints_)
        {
            var field = $"endpoint \"{endpoint.Id}\"";
            if (!ids.Add(fields.Text("endpoints.id", endpoint.Id)))
            {
                fields.Fail(field, "is there twice");
            }

            if (endpoint.Weight is 0 or > MaxWeight)
            {
                fields.Fail($"{field}: weight", $"must be from 1 to {MaxWeight}");
            }

            read.Add(new Endpoint(
                endpoint.Id,
                fields.Text($"{field}: address", endpoint.Address),
                fields.Port($"{field}: port", endpoint.Port),
                (int)endpoint.Weight));
        }

        endpoints = fields.Good ? read.DrainToImmutable() : [];
        return fields.Error;
    }
}
