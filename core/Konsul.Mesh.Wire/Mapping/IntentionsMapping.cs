using Google.Protobuf;
using Konsul.Mesh.Model.Intentions;
using Konsul.Mesh.Wire.V1;
using Intention = Konsul.Mesh.Model.Intentions.Intention;

namespace Konsul.Mesh.Wire.Mapping;

public static class IntentionsMapping
{
    public static Intentions ToWire(IEnumerable<Intention> intentions, bool defaultAllow)
    {
        var wire = new Intentions { DefaultAllow = defaultAllow };
        wire.Intentions_.AddRange(intentions.Select(i => new V1.Intention
        {
            Id = i.Id,
            Source = i.SourceName,
            Destination = i.DestinationName,
            Allow = i.Action == IntentionAction.Allow,
        }));
        return wire;
    }

    /// <summary>Null when <paramref name="policy"/> is set, else what is wrong.</summary>
    public static string? TryRead(string name, ByteString body, out IntentionsResource? policy)
    {
        policy = null;
        var fields = new ResourceFields(ResourceType.Intentions, name);
        if (!fields.TryParse(Intentions.Parser, body, out var wire))
        {
            return fields.Error;
        }

        fields.Name("name", name);
        var intentions = wire.Intentions_.Select(i => new Intention
        {
            Id = i.Id,
            SourceName = fields.Name($"intention \"{i.Id}\": source", i.Source, orWildcard: true),
            DestinationName = fields.Name($"intention \"{i.Id}\": destination", i.Destination, orWildcard: true),
            Action = i.Allow ? IntentionAction.Allow : IntentionAction.Deny,
        }).ToList();
        if (fields.Good)
        {
            var otherwise = wire.DefaultAllow ? IntentionAction.Allow : IntentionAction.Deny;
            policy = new IntentionsResource([.. intentions], otherwise, IntentionPolicy.Compile(name, intentions, otherwise));
        }

        return fields.Error;
    }
}
