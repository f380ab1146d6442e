using Konsul.Mesh.Ca;
using Konsul.Mesh.Ca.Rotation;
using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>How certificates are issued: the options of this server, and over them what an operator has set for the cluster.</summary>
internal sealed record CaSettings
{
    /// <summary>A root lives at least so many lives of a leaf: less would leave no time between two rotations.</summary>
    public const int LeavesInARoot = 4;

    public TimeSpan LeafTtl { get; init; } = LeafPolicy.DefaultLifetime;

    /// <summary>Of roots made from now on.</summary>
    public TimeSpan RootTtl { get; init; } = CertificateAuthority.DefaultRootLifetime;

    /// <summary>0: no limit.</summary>
    public int CsrMaxPerSecond { get; init; } = 50;

    /// <summary>0: what suits the processors.</summary>
    public int CsrMaxConcurrent { get; init; }

    public string KeyType { get; init; } = "ec";

    public int KeyBits { get; init; } = CertificateAuthority.DefaultKeyBits;

    public TimeSpan PublishWait { get; init; } = RotationPolicy.DefaultPublishWait;

    public TimeSpan Skew { get; init; } = RotationPolicy.DefaultSkew;

    public CaSettings With(CaConfig? config) => config is null ? this : this with
    {
        LeafTtl = config.LeafCertTtl ?? LeafTtl,
        RootTtl = config.RootCertTtl ?? RootTtl,
        CsrMaxPerSecond = config.CsrMaxPerSecond ?? CsrMaxPerSecond,
        CsrMaxConcurrent = config.CsrMaxConcurrent ?? CsrMaxConcurrent,
        KeyType = config.PrivateKeyType ?? KeyType,
        KeyBits = config.PrivateKeyBits ?? KeyBits,
    };

    /// <summary>The times of a rotation away from a root.</summary>
    public RotationPolicy PolicyFor(CaRoot active) => new()
    {
        LeafLifetime = active.LongestLeaf > LeafTtl ? active.LongestLeaf.Value : LeafTtl,
        PublishWait = PublishWait,
        Skew = Skew,
    };
}
