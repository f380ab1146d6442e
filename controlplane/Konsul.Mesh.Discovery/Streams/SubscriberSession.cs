using Konsul.Mesh.Discovery.Resources;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Streams;

/// <summary>
/// The server end of one stream without its I/O. Additions go in the order of <see cref="ResourceKinds.InOrder"/>: a type waits while
/// something that it may name is still to be sent. What others may name (clusters, endpoints) is removed only when nothing else is open.
/// Not thread-safe; the stream's loop owns it.
/// </summary>
internal sealed class SubscriberSession
{
    /// <summary>Most a response carries, bytes of bodies; the rest follows after its ACK. Well under the 4 MiB that a gRPC peer takes.</summary>
    private const int MaxResponseBytes = 1 << 20;

    private readonly TypeSubscription[] _types = [.. ResourceKinds.InOrder.Select(type => new TypeSubscription(type))];
    private long _nonce;

    public IReadOnlyList<TypeSubscription> Types => _types;

    /// <summary>Takes a request of the proxy. A sentence when it breaks the protocol, else null.</summary>
    public string? Take(DeltaRequest request, out TypeSubscription? nacked)
    {
        nacked = null;
        if (Array.Find(_types, t => t.Type == request.Type) is not { } type)
        {
            return request.Type == ResourceType.RateLimits ? null : $"Resources of type {(int)request.Type} are not known.";
        }

        if (!type.Subscribe(request))
        {
            return $"More than {TypeSubscription.MaxNames} names of type {ResourceKinds.Label(request.Type)}.";
        }

        if (request.Nonce.Length > 0 && type.Answer(request.Nonce, request.Error?.Message) && request.Error is not null)
        {
            nacked = type;
        }

        return null;
    }

    /// <summary>The responses that may go now, in order. Each is in flight from here on.</summary>
    public IReadOnlyList<DeltaResponse> Next(ResourceSet wanted)
    {
        var responses = new List<DeltaResponse>();
        var blocked = false;
        foreach (var type in _types)
        {
            var isNamedByOthers = type.Type is ResourceType.Cluster or ResourceType.Endpoints;
            var missing = type.Missing(wanted).ToList();
            var removed = isNamedByOthers ? [] : type.Surplus(wanted).ToList();
            if (!type.IsWanted || missing.Count + removed.Count == 0)
            {
                continue;
            }

            // Trust and intentions name nothing: they never wait for others, and nothing waits for them.
            var waits = blocked && type.Type is ResourceType.Route or ResourceType.Listener;
            if (type.IsWaiting || waits)
            {
                blocked |= isNamedByOthers;
                continue;
            }

            var page = Page(missing);
            blocked |= isNamedByOthers && page.Count < missing.Count;
            responses.Add(type.Send(page, removed, ++_nonce));
        }

        if (responses.Count == 0)
        {
            RemoveLast(wanted, responses);
        }

        return responses;
    }

    /// <summary>See <see cref="TypeSubscription.HeldVersion"/>.</summary>
    public string? HeldVersion(ResourceType type, string name) => Array.Find(_types, t => t.Type == type)?.HeldVersion(name);

    private void RemoveLast(ResourceSet wanted, List<DeltaResponse> responses)
    {
        if (_types.Any(t => t.IsWaiting))
        {
            return;
        }

        foreach (var type in _types.Where(t => t.IsWanted))
        {
            if (type.Surplus(wanted).ToList() is { Count: > 0 } removed)
            {
                responses.Add(type.Send([], removed, ++_nonce));
            }
        }
    }

    private static List<EncodedResource> Page(List<EncodedResource> missing)
    {
        var bytes = 0;
        return [.. missing.TakeWhile((r, i) => (bytes += r.Wire.Body.Length) <= MaxResponseBytes || i == 0)];
    }
}
