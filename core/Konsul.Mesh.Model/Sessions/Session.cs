using System.Collections.Immutable;

namespace Konsul.Mesh.Model.Sessions;

/// <summary>
/// What holds locks. It lives until it is destroyed, its time runs out, its node goes, or one of its checks is critical or goes.
/// </summary>
public sealed record Session
{
    /// <summary>The longest lock-delay; a longer one is cut to it.</summary>
    public static readonly TimeSpan MaxLockDelay = TimeSpan.FromSeconds(60);

    /// <summary>A UUID.</summary>
    public required string Id { get; init; }

    /// <summary>Empty for the default one. A session locks keys of its own namespace only.</summary>
    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    public required string Node { get; init; }

    /// <summary>How long the keys that it held cannot be locked by others once it has ended.</summary>
    public TimeSpan LockDelay { get; init; }

    public SessionBehavior Behavior { get; init; }

    /// <summary>It may go unrenewed for this long; it ends after twice the time. Zero for no limit.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>Ids of checks on its node.</summary>
    public ImmutableArray<string> NodeChecks { get; init; } = [];

    public ImmutableArray<SessionServiceCheck> ServiceChecks { get; init; } = [];

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
