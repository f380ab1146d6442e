using System.Collections.Immutable;
using Konsul.Mesh.Wire.Mapping;

namespace Konsul.Mesh.Wire.Streaming;

/// <summary>How the stream stands; immutable, replaced by a new one at every change.</summary>
public sealed record DiscoveryState
{
    public static DiscoveryState Initial { get; } = new();

    public bool Connected { get; init; }

    /// <summary>The server of the current stream, or the last one tried; empty at first.</summary>
    public string Server { get; init; } = "";

    public DateTimeOffset? ConnectedSince { get; init; }

    /// <summary>When the last response came; the age of what is in force while not connected.</summary>
    public DateTimeOffset? LastPush { get; init; }

    /// <summary>Version of the snapshot in force; 0: none yet.</summary>
    public ulong Version { get; init; }

    /// <summary>Responses refused since the process started.</summary>
    public long Rejected { get; init; }

    /// <summary>Streams that ended since the process started.</summary>
    public long Disconnects { get; init; }

    /// <summary>Why the last stream ended; empty while connected.</summary>
    public string LastError { get; init; } = "";

    /// <summary>True until a server's answer replaced what came from the cache.</summary>
    public bool FromCache { get; init; }

    /// <summary>The intentions in force as they were written; null before the first snapshot.</summary>
    public IntentionsResource? Intentions { get; init; }

    public ImmutableArray<ResourceTypeState> Types { get; init; } = [];
}
