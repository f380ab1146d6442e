using System.Globalization;
using Konsul.Mesh.Discovery.Resources;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Discovery.Streams;

/// <summary>
/// One type on one stream: what the proxy wants, what it holds, what is on its way. At most one response is in flight; the versions it
/// carries count as held once it is answered. What was refused is not sent again until its content changes.
/// </summary>
internal sealed class TypeSubscription(ResourceType type)
{
    /// <summary>Most names that a proxy may subscribe to or say that it holds; bounds what one stream can make the server keep.</summary>
    public const int MaxNames = 200_000;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _held = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _refused = new(StringComparer.Ordinal);
    private bool _everything;
    private DeltaResponse? _inFlight;

    public ResourceType Type => type;

    public long Sent { get; private set; }

    public long Acked { get; private set; }

    public long Nacked { get; private set; }

    public string? LastNackError { get; private set; }

    public bool IsWaiting => _inFlight is not null;

    public bool IsWanted => _everything || _names.Count > 0;

    /// <summary>False when the proxy names more than <see cref="MaxNames"/>.</summary>
    public bool Subscribe(DeltaRequest request)
    {
        foreach (var (name, version) in request.InitialVersions)
        {
            _held[name] = version;
        }

        foreach (var name in request.Subscribe)
        {
            _everything |= name == "*";
            _names.Add(name);
        }

        foreach (var name in request.Unsubscribe)
        {
            _everything &= name != "*";
            _names.Remove(name);
            _held.Remove(name);
        }

        return _names.Count <= MaxNames && _held.Count <= MaxNames;
    }

    /// <summary>False when the nonce is not that of the response in flight; such an answer is stale and ignored.</summary>
    public bool Answer(string nonce, string? error)
    {
        if (_inFlight is not { } answered || answered.Nonce != nonce)
        {
            return false;
        }

        _inFlight = null;
        if (error is null)
        {
            Acked++;
            LastNackError = null;
            Hold(answered);
        }
        else
        {
            Nacked++;
            LastNackError = error;
            foreach (var resource in answered.Resources)
            {
                _refused[resource.Name] = resource.Version;
            }

            foreach (var name in answered.Removed)
            {
                _refused[name] = "";
            }
        }

        return true;
    }

    /// <summary>The version of a resource that the proxy has accepted, or said it has; null for none.</summary>
    public string? HeldVersion(string name) => _held.GetValueOrDefault(name);

    /// <summary>What the proxy lacks or has in another version; nothing while a response is in flight.</summary>
    public IEnumerable<EncodedResource> Missing(ResourceSet wanted) => wanted.Of(type).Values
        .Where(r => (_everything || _names.Contains(r.Name))
            && _held.GetValueOrDefault(r.Name) != r.Version && _refused.GetValueOrDefault(r.Name) != r.Version);

    /// <summary>What the proxy holds and should not.</summary>
    public IEnumerable<string> Surplus(ResourceSet wanted)
    {
        var resources = wanted.Of(type);
        return _held.Keys.Where(name => !resources.ContainsKey(name) && _refused.GetValueOrDefault(name) != "");
    }

    /// <summary>The response to send now, in flight from here on.</summary>
    public DeltaResponse Send(IEnumerable<EncodedResource> resources, IEnumerable<string> removed, long nonce)
    {
        var response = new DeltaResponse { Type = type, Nonce = nonce.ToString(CultureInfo.InvariantCulture) };
        response.Resources.AddRange(resources.Select(r => r.Wire));
        response.Removed.AddRange(removed);
        _inFlight = response;
        Sent++;
        return response;
    }

    private void Hold(DeltaResponse answered)
    {
        foreach (var resource in answered.Resources)
        {
            _held[resource.Name] = resource.Version;
            _refused.Remove(resource.Name);
        }

        foreach (var name in answered.Removed)
        {
            _held.Remove(name);
            _refused.Remove(name);
        }
    }
}
