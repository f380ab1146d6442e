using System.Collections.Immutable;
using Konsul.Mesh.Model.Intentions;

namespace Konsul.Mesh.Wire.Mapping;

/// <summary>The intentions about one destination as they came, and what was compiled from them.</summary>
public sealed record IntentionsResource(ImmutableArray<Intention> Intentions, IntentionAction Default, IntentionPolicy Policy);
