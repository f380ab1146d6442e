namespace Konsul.Mesh.Ca.Rotation;

/// <summary>
/// The stages of a rotation as a pure function, so that whoever leads next goes on where the last one stopped. A root is trusted by everybody
/// before it signs, and signs for nobody long before it is trusted by nobody: at no moment is there a leaf that a peer does not believe.
/// </summary>
public static class RotationPlanner
{
    /// <summary>More roots than this are not trusted at once: a bundle goes to every proxy.</summary>
    public const int MaxRoots = 8;

    /// <summary>A root is published for so long at least: a proxy that is between two connections is not counted among the connected ones.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    public static RotationStep Next(RotationFacts facts, RotationPolicy policy)
    {
        if (facts.Retired.FirstOrDefault(r => r.TrustedUntil <= facts.Now) is { } lapsed)
        {
            return new RotationStep(RotationAction.Remove, lapsed.Id, "every leaf that it signed has lapsed");
        }

        return facts.Pending is { } pending ? Activation(facts, pending) : Renewal(facts, policy);
    }

    private static RotationStep Activation(RotationFacts facts, PendingRoot pending)
    {
        if (facts.EverybodyHasIt && facts.Now >= pending.PublishedAt + Settle)
        {
            return new RotationStep(RotationAction.Activate, pending.Id, "every server and every connected proxy trusts it");
        }

        return facts.Now >= pending.WaitUntil
            ? new RotationStep(RotationAction.Activate, pending.Id, "the time to take it is over; who has not, goes by the cross-signed certificate")
            : new RotationStep(RotationAction.Wait, pending.Id, "somebody does not trust the next root yet", NextRemoval(facts, pending.WaitUntil));
    }

    private static RotationStep Renewal(RotationFacts facts, RotationPolicy policy)
    {
        var renewAt = policy.RenewAt(facts.Active);
        var full = facts.Retired.Length + 1 >= MaxRoots;
        return facts.Now >= renewAt && !full
            ? new RotationStep(RotationAction.Publish, "", "the root nears the end of its life")
            : new RotationStep(RotationAction.Wait, "", "", NextRemoval(facts, full ? DateTimeOffset.MaxValue : renewAt));
    }

    private static DateTimeOffset NextRemoval(RotationFacts facts, DateTimeOffset other) =>
        facts.Retired.Select(r => r.TrustedUntil ?? DateTimeOffset.MaxValue).Append(other).Min();
}
