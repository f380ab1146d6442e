using System.Collections.Immutable;
using System.Net;

namespace Konsul.Mesh.Ca;

/// <summary>What the control plane decides about a leaf; nothing of it comes from the request.</summary>
public sealed record LeafPolicy
{
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(72);
    public static readonly TimeSpan MinLifetime = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _lifetime = DefaultLifetime;

    public static LeafPolicy Default { get; } = new();

    /// <summary>Default 72 h, at least 1 s; cut to what the root has left.</summary>
    public TimeSpan Lifetime
    {
        get => _lifetime;
        init => _lifetime = value >= MinLifetime ? value : throw new ArgumentOutOfRangeException(nameof(Lifetime), value, $"A leaf lives at least {MinLifetime}.");
    }

    /// <summary>Names by which plain TLS clients reach the workload, such as its SNI; ASCII.</summary>
    public ImmutableArray<string> DnsNames { get; init; } = [];

    public ImmutableArray<IPAddress> Addresses { get; init; } = [];
}
