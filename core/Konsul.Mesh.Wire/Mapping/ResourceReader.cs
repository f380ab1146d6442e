using Google.Protobuf;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Mapping;

/// <summary>Reads a resource of any known type. Total: whatever a peer sent, the answer is a model or a sentence.</summary>
public static class ResourceReader
{
    /// <summary>
    /// Null when <paramref name="model"/> is set: a <see cref="ListenerResource"/>, <see cref="Konsul.Mesh.Model.Snapshots.Route"/>,
    /// <see cref="Konsul.Mesh.Model.Snapshots.Cluster"/>, array of <see cref="Konsul.Mesh.Model.Snapshots.Endpoint"/>,
    /// <see cref="Konsul.Mesh.Model.Identity.TrustBundle"/> or <see cref="IntentionsResource"/>, by type.
    /// </summary>
    public static string? TryRead(ResourceType type, string name, ByteString body, out object? model)
    {
        model = null;
        if (name.Length is 0 or > ResourceNames.MaxLength)
        {
            return $"{ResourceKinds.Label(type)}: the name of a resource must have from 1 to {ResourceNames.MaxLength} characters.";
        }

        string? error;
        switch (type)
        {
            case ResourceType.Listener:
                error = ListenerMapping.TryRead(name, body, out var listener);
                model = listener;
                return error;
            case ResourceType.Route:
                error = RouteMapping.TryRead(name, body, out var route);
                model = route;
                return error;
            case ResourceType.Cluster:
                error = ClusterMapping.TryRead(name, body, out var cluster);
                model = cluster;
                return error;
            case ResourceType.Endpoints:
                error = EndpointsMapping.TryRead(name, body, out var endpoints);
                model = error is null ? endpoints : null;
                return error;
            case ResourceType.TrustBundle:
                error = TrustBundleMapping.TryRead(name, body, out var bundle);
                model = bundle;
                return error;
            case ResourceType.Intentions:
                error = IntentionsMapping.TryRead(name, body, out var policy);
                model = policy;
                return error;
            default:
                return $"Resources of type {(int)type} are not known.";
        }
    }
}
