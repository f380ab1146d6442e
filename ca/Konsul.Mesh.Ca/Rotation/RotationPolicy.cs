namespace Konsul.Mesh.Ca.Rotation;

/// <summary>The times of a rotation.</summary>
public sealed record RotationPolicy
{
    /// <summary>The part of a root's life that is left when the next one is made.</summary>
    public const double ShareLeft = 0.2;

    public static readonly TimeSpan DefaultPublishWait = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan DefaultSkew = TimeSpan.FromMinutes(5);

    /// <summary>The longest life of leaves that the active root has signed. Default 72 h.</summary>
    public TimeSpan LeafLifetime { get; init; } = LeafPolicy.DefaultLifetime;

    /// <summary>How long a published root waits for those who have not taken it. Default 5 min.</summary>
    public TimeSpan PublishWait { get; init; } = DefaultPublishWait;

    /// <summary>Added to the life of the last leaf: clocks that are apart, a server that hears of the activation late. Default 5 min.</summary>
    public TimeSpan Skew { get; init; } = DefaultSkew;

    /// <summary>When the old root may go, if the next one becomes active now: no leaf outlives it, and it does not outlive itself.</summary>
    public DateTimeOffset TrustUntil(RotationRoot old, DateTimeOffset now)
    {
        var lapsed = now + LeafLifetime + Skew;
        return lapsed < old.NotAfter + Skew ? lapsed : old.NotAfter + Skew;
    }

    /// <summary>
    /// When the next root is made by itself: with a fifth of the life left, earlier where a publication and two lives of a leaf do not fit into
    /// that, but never in the first half.
    /// </summary>
    public DateTimeOffset RenewAt(RotationRoot active)
    {
        var life = active.NotAfter - active.NotBefore;
        var needed = PublishWait + (2 * LeafLifetime) + Skew;
        var left = life * ShareLeft > needed ? life * ShareLeft : needed;
        return active.NotAfter - (left < life / 2 ? left : life / 2);
    }
}
