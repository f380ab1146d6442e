using System.Collections.Immutable;
using Konsul.Mesh.Ca;
using Konsul.Mesh.Ca.Rotation;
using Konsul.Mesh.State.Authority;

namespace Konsul.Mesh.Server.Certificates;

/// <summary>The CA's table as the planner looks at it. The certificates are read once per table. Thread-safe.</summary>
internal sealed class RotationState
{
    private volatile Table? _last;

    private sealed record Table(CaTable Of, ImmutableDictionary<string, RotationRoot> Roots);

    /// <param name="ca">The newest.</param>
    /// <param name="now">The clock.</param>
    /// <param name="everybodyHasIt">See <see cref="RotationFacts.EverybodyHasIt"/>.</param>
    public RotationFacts Facts(CaTable ca, DateTimeOffset now, bool everybodyHasIt = false)
    {
        var table = _last;
        if (!ReferenceEquals(table?.Of, ca))
            _last = table = new Table(ca, ca.Roots.ToImmutableDictionary(r => r.Id, Read, StringComparer.Ordinal));
        return new RotationFacts
        {
            Now = now,
            Active = table!.Roots[ca.Active.Id],
            Pending = ca.Rotation is { } rotation ? new PendingRoot(rotation.RootId, rotation.StartedAt, rotation.WaitUntil) : null,
            Retired = [.. ca.Roots.Where(r => !r.Active && r.Id != ca.Rotation?.RootId).Select(r => table!.Roots[r.Id])],
            EverybodyHasIt = everybodyHasIt,
        };
    }

    private static RotationRoot Read(CaRoot root)
    {
        var description = RootDescription.FromDer(root.Certificate.Span);
        return new RotationRoot(root.Id, description.NotBefore, description.NotAfter, root.TrustedUntil);
    }
}
