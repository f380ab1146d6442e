namespace Konsul.Mesh.Model.Identity;

/// <summary>When to replace a leaf: at a point drawn uniformly between 50 % and 70 % of its life, so that a fleet started at once spreads out
/// and at least 30 % of the life is left to ride out an absent CA.</summary>
public static class RenewalSchedule
{
    /// <summary>Within which everybody who has a leaf of another root asks for a new one when a root becomes active: a fleet must not come as one.</summary>
    public static readonly TimeSpan RootSpread = TimeSpan.FromSeconds(30);

    private const double Earliest = 0.5;
    private const double Latest = 0.7;

    public static DateTimeOffset RenewAt(DateTimeOffset notBefore, DateTimeOffset notAfter, IRandom random) =>
        notBefore + ((notAfter - notBefore) * (Earliest + ((Latest - Earliest) * random.NextDouble())));
}
