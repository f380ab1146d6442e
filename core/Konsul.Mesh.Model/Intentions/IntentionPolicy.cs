using System.Collections.Frozen;

namespace Konsul.Mesh.Model.Intentions;

/// <summary>
/// All intentions about one destination, compiled: one lookup decides. The single intention of highest precedence decides
/// (see <see cref="Intention.Precedence"/>), whatever the order in which they were written; without any, the default does.
/// </summary>
public sealed class IntentionPolicy
{
    private readonly FrozenDictionary<string, IntentionDecision> _bySource;
    private readonly IntentionDecision _otherwise;

    private IntentionPolicy(string destination, FrozenDictionary<string, IntentionDecision> bySource, IntentionDecision otherwise)
    {
        Destination = destination;
        _bySource = bySource;
        _otherwise = otherwise;
    }

    /// <summary>Refuses everybody: what a proxy holds until it was told otherwise.</summary>
    public static IntentionPolicy DenyAll { get; } =
        new("", FrozenDictionary<string, IntentionDecision>.Empty, new IntentionDecision(false, ""));

    public string Destination { get; }

    /// <param name="destination">The service whose inbound side this policy guards; never a wildcard.</param>
    /// <param name="intentions">Any intentions; those about other destinations are ignored.</param>
    /// <param name="defaultAction">What holds where no intention matches.</param>
    public static IntentionPolicy Compile(string destination, IEnumerable<Intention> intentions, IntentionAction defaultAction)
    {
        var otherwise = new IntentionDecision(defaultAction == IntentionAction.Allow, "");
        var bySource = new Dictionary<string, IntentionDecision>(StringComparer.Ordinal);
        var about = intentions.Where(i => i.DestinationName == Intention.Wildcard || i.DestinationName == destination);
        foreach (var intention in about.OrderBy(i => i.Precedence).ThenBy(i => i.Action == IntentionAction.Deny))
        {
            var decision = new IntentionDecision(intention.Action == IntentionAction.Allow, intention.Id);
            if (intention.SourceName == Intention.Wildcard)
            {
                // A wildcard source of higher precedence also overrules exact sources seen so far (8 beats 6).
                otherwise = decision;
                bySource.Clear();
            }
            else
            {
                bySource[intention.SourceName] = decision;
            }
        }

        return new IntentionPolicy(destination, bySource.ToFrozenDictionary(StringComparer.Ordinal), otherwise);
    }

    public IntentionDecision Decide(string source) => _bySource.TryGetValue(source, out var decision) ? decision : _otherwise;
}
