using System.Collections.Immutable;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.Mapping;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>
/// The client end of the discovery protocol without its I/O. One response at a time: <see cref="Receive"/>, then exactly one of
/// <see cref="Accept"/> and <see cref="Refuse"/>, whose request goes back. Outlives streams, so that a new one resumes by versions.
/// Not thread-safe; its one caller owns it.
/// </summary>
public sealed class DiscoverySession(ProxyNode node)
{
    private readonly Dictionary<ResourceType, Counts> _counts = [];
    private HeldResources _held = HeldResources.None;
    private Pending? _pending;

    /// <summary>What was accepted last; <see cref="ProxySnapshot.Empty"/> at first.</summary>
    public ProxySnapshot Snapshot { get; private set; } = ProxySnapshot.Empty;

    /// <summary>Who asks; its node may be filled in between streams.</summary>
    public ProxyNode Node { get; } = node;

    /// <summary>The intentions in force as they were written; null before the first snapshot.</summary>
    public IntentionsResource? Intentions =>
        _held.TryModel<IntentionsResource>(ResourceType.Intentions, Snapshot.Service, out var intentions) ? intentions : null;

    /// <summary>The first requests of a new stream: a subscription of every type, with the versions held.</summary>
    public IReadOnlyList<DeltaRequest> Open()
    {
        _pending = null;
        return [.. ResourceKinds.InOrder.Select(type =>
        {
            var request = new DeltaRequest { Node = Node, Type = type };
            request.Subscribe.Add(ResourceNames.Everything);
            foreach (var held in _held.Of(type).Values)
            {
                request.InitialVersions[held.Name] = held.Version;
            }

            return request;
        })];
    }

    public SessionStep Receive(DeltaResponse response)
    {
        if (_pending is not null)
        {
            throw new InvalidOperationException("The response before has not been answered.");
        }

        var refusal = _held.TryApply(response.Type, response.Resources, response.Removed, out var held);
        var snapshot = refusal is null ? SnapshotAssembler.Assemble(Snapshot, held) : Snapshot;
        _pending = new Pending(response.Type, response.Nonce, held, snapshot);
        return new SessionStep(ReferenceEquals(snapshot, Snapshot) ? null : snapshot, refusal);
    }

    /// <summary>The response is in force. The ACK to send.</summary>
    public DeltaRequest Accept()
    {
        var pending = Take();
        (_held, Snapshot) = (pending.Held, pending.Snapshot);
        var counts = _counts.GetValueOrDefault(pending.Type);
        _counts[pending.Type] = counts with { Accepted = counts.Accepted + 1, LastRefusal = null };
        return new DeltaRequest { Type = pending.Type, Nonce = pending.Nonce };
    }

    /// <summary>The response is forgotten, the last good snapshot stays. The NACK to send.</summary>
    public DeltaRequest Refuse(string reason)
    {
        var pending = Take();
        var counts = _counts.GetValueOrDefault(pending.Type);
        _counts[pending.Type] = counts with { Refused = counts.Refused + 1, LastRefusal = reason };
        return new DeltaRequest { Type = pending.Type, Nonce = pending.Nonce, Error = new ErrorDetail { Message = reason } };
    }

    public ImmutableArray<ResourceTypeState> Describe() =>
    [
        .. ResourceKinds.InOrder.Select(type =>
        {
            var counts = _counts.GetValueOrDefault(type);
            return new ResourceTypeState(type, _held.Of(type))
            {
                Accepted = counts.Accepted, Refused = counts.Refused, LastRefusal = counts.LastRefusal,
            };
        }),
    ];

    /// <summary>Everything in force; what a cache keeps. Immutable, so that it can be written later.</summary>
    internal HeldResources Held => _held;

    /// <summary>
    /// Starts from what a cache kept, before the first stream. The step's snapshot is to be applied and then answered like a response's;
    /// a refusal leaves the session as it was.
    /// </summary>
    public SessionStep Restore(IEnumerable<DeltaResponse> exported)
    {
        var held = _held;
        string? refusal = null;
        foreach (var response in exported)
        {
            refusal ??= held.TryApply(response.Type, response.Resources, response.Removed, out held);
        }

        var snapshot = refusal is null ? SnapshotAssembler.Assemble(Snapshot, held) : Snapshot;
        refusal ??= ReferenceEquals(snapshot, Snapshot) ? "The cached resources do not make a whole configuration." : null;
        if (refusal is not null)
        {
            return new SessionStep(null, refusal);
        }

        _pending = new Pending(ResourceType.Unspecified, "", held, snapshot);
        return new SessionStep(snapshot, null);
    }

    private Pending Take()
    {
        var pending = _pending ?? throw new InvalidOperationException("There is no response to answer.");
        _pending = null;
        return pending;
    }

    private sealed record Pending(ResourceType Type, string Nonce, HeldResources Held, ProxySnapshot Snapshot);

    private readonly record struct Counts(long Accepted, long Refused, string? LastRefusal);
}
