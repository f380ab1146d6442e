using Grpc.Core;
using Konsul.Mesh.Model;
using Konsul.Mesh.Model.Snapshots;
using Konsul.Mesh.Wire.Caching;
using Konsul.Mesh.Wire.V1;

namespace Konsul.Mesh.Wire.Streaming;

public sealed record DiscoveryClientOptions
{
    public required ProxyNode Node { get; init; }

    /// <summary>host:port of each server; tried in turn, beginning with a random one.</summary>
    public required IReadOnlyList<string> Servers { get; init; }

    /// <summary>The invoker for a server; called before every stream, so it should hand out the same one.</summary>
    public required Func<string, CallInvoker> Dial { get; init; }

    /// <summary>
    /// Puts a snapshot in force: null when it is, else why it cannot be. Called by one caller at a time, in order; the ACK waits for it.
    /// </summary>
    public required Func<ProxySnapshot, ValueTask<string?>> Apply { get; init; }

    /// <summary>Told of every refused response, for counting.</summary>
    public Action<ResourceType>? Refused { get; init; }

    /// <summary>Sent with every stream: the token.</summary>
    public Func<Metadata>? Headers { get; init; }

    /// <summary>Null: nothing is kept on disk.</summary>
    public SnapshotCache? Cache { get; init; }

    /// <summary>How long silence lasts before the server is asked for a sign of life; after a second one without, the stream is given up.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long after a refusal by the consumer the same is asked for again, by a new stream: what stood in its way (a port that was taken)
    /// may be gone, and a server does not send refused content twice on one stream.
    /// </summary>
    public TimeSpan RefusalRetry { get; init; } = TimeSpan.FromSeconds(15);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public IRandom Random { get; init; } = SystemRandom.Instance;
}
